package io.tunnel4j;

import java.util.Locale;

/** What a connector says about where it runs. */
final class Platform {
    private Platform() {}

    /** This library's version, e.g. {@code tunnel4j/0.1.0}. */
    static String version() {
        String version = Platform.class.getPackage().getImplementationVersion();
        return "tunnel4j/" + (version == null ? "dev" : version);
    }

    /** Operating system and processor in the edge's words, e.g. {@code linux_amd64}. */
    static String arch() {
        String os = System.getProperty("os.name", "unknown").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "unknown").toLowerCase(Locale.ROOT);
        return word(os) + "_" + word(arch);
    }

    private static String word(String name) {
        if (name.startsWith("windows")) {
            return "windows";
        }
        return switch (name) {
            case "mac os x" -> "darwin";
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> name.replace(' ', '-');
        };
    }
}
