package io.tunnel4j.examples.cli;

import io.tunnel4j.OriginCertificate;
import io.tunnel4j.TunnelAdmin;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.TunnelFilter;
import io.tunnel4j.TunnelInfo;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Flags of the commands that manage tunnels, and the client made of them. */
final class AdminFlags {
    private static final int ID_LENGTH = 36;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(names = "--origincert", paramLabel = "FILE", description = "cert.pem made by 'tunnel login'")
    @Nullable
    Path originCertificate;

    @Option(
            names = "--api-url",
            paramLabel = "URL",
            description = "the management API, of a self-hosted edge for example")
    @Nullable
    String apiUrl;

    @Option(names = "--api-ca", paramLabel = "FILE", description = "additional roots (PEM) for the API")
    List<Path> apiCertificates = List.of();

    @Option(names = "--loglevel", hidden = true, description = "accepted")
    @Nullable
    String logLevel;

    TunnelAdmin admin(Terminal terminal) {
        TunnelAdmin.Builder builder = TunnelAdmin.builder(certificate(terminal));
        String url = apiUrl != null ? apiUrl : above("--api-url");
        if (url == null) {
            url = terminal.environment().get("TUNNEL_API_URL");
        }
        if (url != null && !url.isEmpty()) {
            builder.apiUrl(uri(url));
        }
        return builder.caPool(apiCertificates.toArray(Path[]::new)).build();
    }

    private OriginCertificate certificate(Terminal terminal) {
        String above = above("--origincert");
        Path given = originCertificate != null || above == null ? originCertificate : Path.of(above);
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

    /** What was given before the command's own word, as the reference wants it: {@code tunnel --api-url U list}. */
    private @Nullable String above(String name) {
        OptionSpec given = command == null ? null : FlagDefaults.givenAbove(command.commandLine(), name);
        return given == null ? null : String.valueOf(given.<Object>getValue());
    }

    private static URI uri(String text) {
        try {
            URI uri = new URI(text);
            if (uri.getHost() != null) {
                return uri;
            }
        } catch (URISyntaxException notAUri) {
            // Told below.
        }
        throw Usage.wrong("--api-url: '" + text + "' (expected: a URL such as https://edge.example.com/client/v4)");
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
        if (found.isEmpty()) {
            throw noTunnel(nameOrId);
        }
        return found.get(0);
    }

    static TunnelException noTunnel(String nameOrId) {
        return new TunnelException(
                TunnelErrorCode.API, "'" + nameOrId + "' is neither the ID nor the name of any of your tunnels");
    }
}
