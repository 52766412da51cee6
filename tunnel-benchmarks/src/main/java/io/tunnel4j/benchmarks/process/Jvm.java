package io.tunnel4j.benchmarks.process;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What it takes to start another program of the Java that runs the benchmark. Stateless. */
public final class Jvm {
    private Jvm() {}

    /**
     * Returns a program of this Java.
     *
     * @param name {@code java} or {@code jcmd}
     * @return its path
     */
    public static String program(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    /** Our class path, or what is wanted of it, for a process in whatever directory. */
    static String classPath(Predicate<Path> wanted) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath())
                .filter(wanted)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }
}
