package io.tunnel4j.examples.cli;

import io.tunnel4j.OriginCertificate;
import io.tunnel4j.TunnelAdmin;
import io.tunnel4j.TunnelFilter;
import io.tunnel4j.TunnelInfo;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags of the commands that manage tunnels, and the client made of them. */
final class AdminFlags {
    private static final int ID_LENGTH = 36;

    @Option(names = "--origincert", paramLabel = "FILE", description = "cert.pem made by 'tunnel login'")
    @Nullable
    Path originCertificate;

    @Option(
            names = "--api-url",
            paramLabel = "URL",
            description = "the management API, of a self-hosted edge for example")
    @Nullable
    URI apiUrl;

    @Option(names = "--api-ca", paramLabel = "FILE", description = "additional roots (PEM) for the API")
    List<Path> apiCertificates = List.of();

    @Option(names = "--loglevel", hidden = true, description = "accepted")
    @Nullable
    String logLevel;

    TunnelAdmin admin(Terminal terminal) {
        TunnelAdmin.Builder builder = TunnelAdmin.builder(certificate(terminal));
        String url = apiUrl != null ? apiUrl.toString() : terminal.environment().get("TUNNEL_API_URL");
        if (url != null) {
            builder.apiUrl(URI.create(url));
        }
        return builder.caPool(apiCertificates.toArray(Path[]::new)).build();
    }

    private OriginCertificate certificate(Terminal terminal) {
        Path given = originCertificate;
        if (given == null && terminal.environment().get("TUNNEL_ORIGIN_CERT") != null) {
            given = Path.of(terminal.environment().get("TUNNEL_ORIGIN_CERT"));
        }
        if (given != null) {
            return OriginCertificate.fromFile(given);
        }
        for (Path directory : ConfigurationFiles.directories(terminal)) {
            Path file = directory.resolve("cert.pem");
            if (Files.isReadable(file)) {
                return OriginCertificate.fromFile(file);
            }
        }
        throw Usage.wrong("--origincert: no cert.pem in " + terminal.configurationDirectory()
                + " (expected: run 'tunnel login' first)");
    }

    /** Finds a tunnel by id or name. */
    static TunnelInfo tunnel(TunnelAdmin admin, String nameOrId) {
        if (nameOrId.length() == ID_LENGTH && CredentialFlags.isId(nameOrId)) {
            return admin.tunnel(UUID.fromString(nameOrId)).toCompletableFuture().join();
        }
        List<TunnelInfo> found = admin.list(
                        TunnelFilter.builder().name(nameOrId).build())
                .toCompletableFuture()
                .join();
        if (found.size() != 1) {
            throw Usage.wrong("'" + nameOrId + "': " + found.size()
                    + " tunnels have this name (expected: one; or give the UUID)");
        }
        return found.get(0);
    }
}
