package io.tunnel4j.examples.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the reference looks for its files. */
final class ConfigurationFiles {
    private ConfigurationFiles() {}

    static List<Path> directories(Terminal terminal) {
        return List.of(
                terminal.configurationDirectory(),
                terminal.home().resolve(".cloudflare-warp"),
                terminal.home().resolve("cloudflare-warp"),
                Path.of("/etc/cloudflared"),
                Path.of("/usr/local/etc/cloudflared"));
    }

    /** The first configuration file there is. */
    static @Nullable Path path(Terminal terminal) {
        for (Path directory : directories(terminal)) {
            for (String name : List.of("config.yml", "config.yaml")) {
                Path file = directory.resolve(name);
                if (Files.isReadable(file)) {
                    return file;
                }
            }
        }
        return null;
    }
}
