package io.tunnel4j.examples.cli;

import java.nio.file.Path;
import java.util.Optional;

/** How to start this program again. */
final class ThisProgram {
    private ThisProgram() {}

    /** The command that runs the jar this class comes from, or the name of the program when it was not started from a jar. */
    static String command() {
        String source = Optional.ofNullable(
                        ThisProgram.class.getProtectionDomain().getCodeSource())
                .map(code -> code.getLocation().getPath())
                .orElse("");
        if (!source.endsWith(".jar")) {
            return "tunnel";
        }
        return Path.of(System.getProperty("java.home"), "bin", "java") + " -jar " + Path.of(source);
    }
}
