package io.tunnel4j.examples.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** How to start this program again. */
final class ThisProgram {
    private ThisProgram() {}

    /** One line for a shell. */
    static String command() {
        return String.join(" ", words());
    }

    /** The launcher, or the JVM with the jar this class comes from, or only a name when it was started from neither. */
    static List<String> words() {
        String launcher = System.getProperty("tunnel.program");
        if (launcher != null) {
            return List.of(launcher);
        }
        String source = Optional.ofNullable(
                        ThisProgram.class.getProtectionDomain().getCodeSource())
                .map(code -> code.getLocation().getPath())
                .orElse("");
        if (!source.endsWith(".jar")) {
            return List.of("tunnel");
        }
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                Path.of(source).toString());
    }
}
