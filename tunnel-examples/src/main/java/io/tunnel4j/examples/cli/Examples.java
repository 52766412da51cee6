package io.tunnel4j.examples.cli;

import java.util.List;

/** The examples that {@code example NAME} runs. */
final class Examples {
    static final List<Example> ALL = List.of();

    private Examples() {}

    /**
     * One example.
     *
     * @param name what is typed
     * @param description what it shows
     * @param main the class to run
     */
    record Example(String name, String description, Class<?> main) {}
}
