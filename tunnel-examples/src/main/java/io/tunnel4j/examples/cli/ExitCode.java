package io.tunnel4j.examples.cli;

/** What the process ends with; the reference's numbers, but 2 for a wrong flag or value. */
final class ExitCode {
    static final int OK = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;

    private ExitCode() {}
}
