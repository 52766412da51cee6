package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelAdmin;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.TunnelInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** {@code tunnel --hostname H --url U}: creates or finds the tunnel, routes the name, runs. */
final class OneLiner {
    private Terminal terminal;
    private final RunFlags flags;

    OneLiner(Terminal terminal, RunFlags flags) {
        this.terminal = terminal;
        this.flags = flags;
    }

    int run() throws IOException, InterruptedException {
        terminal = TunnelRun.log(terminal, flags);
        String name = flags.name != null ? flags.name : String.valueOf(flags.hostname);
        TunnelAdmin admin = admin(terminal, flags);
        Optional<TunnelInfo> known = admin.find(name).toCompletableFuture().join();
        TunnelCredentials credentials;
        if (known.isPresent()) {
            terminal.say("Tunnel %s exists with id %s", name, known.get().id());
            credentials =
                    admin.credentials(known.get().id()).toCompletableFuture().join();
        } else {
            credentials = admin.create(name).toCompletableFuture().join();
            terminal.say("Created tunnel %s with id %s", name, credentials.tunnelId());
        }
        if (flags.hostname != null) {
            var change = flags.overwriteDns
                    ? admin.overwriteDns(credentials.tunnelId(), flags.hostname)
                    : admin.routeDns(credentials.tunnelId(), flags.hostname);
            change.toCompletableFuture().join();
            terminal.say("https://%s leads to this tunnel", flags.hostname);
        }
        return new TunnelRun(terminal, flags).run(credentials, null, null);
    }

    /** The credentials of a tunnel known by its name: the file if it is here, else from the API. */
    static TunnelCredentials credentials(Terminal terminal, RunFlags flags, String name) {
        TunnelAdmin admin = admin(terminal, flags);
        TunnelInfo tunnel = admin.find(name).toCompletableFuture().join().orElseThrow(() -> AdminFlags.noTunnel(name));
        Path file = terminal.configurationDirectory().resolve(tunnel.id() + ".json");
        return Files.isReadable(file)
                ? TunnelCredentials.fromFile(file)
                : admin.credentials(tunnel.id()).toCompletableFuture().join();
    }

    private static TunnelAdmin admin(Terminal terminal, RunFlags flags) {
        AdminFlags admin = new AdminFlags();
        admin.originCertificate = flags.originCertificate;
        admin.apiUrl = flags.apiUrl;
        return admin.admin(terminal);
    }
}
