package io.tunnel4j.examples.cli;

import org.jspecify.annotations.Nullable;

/** Where a forwarding command listens: its flag or its argument, else the environment. */
final class LocalListener {
    private LocalListener() {}

    static @Nullable String given(Terminal terminal, @Nullable String flag, @Nullable String argument) {
        if (flag != null && argument != null) {
            throw Usage.wrong("--url: given twice, as a flag and as an argument (expected: one of them)");
        }
        String given = flag != null ? flag : argument;
        return given != null ? given : terminal.environment().get("TUNNEL_SERVICE_URL");
    }
}
