package io.tunnel4j.examples.cli;

import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.ServiceToken;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags that say how an application is asked for a connection. */
final class AccessTargetFlags {
    @Option(
            names = {"--header", "-H"},
            paramLabel = "'NAME: VALUE'",
            description = "additional request header; repeatable")
    List<String> headers = List.of();

    @Option(
            names = {"--service-token-id", "--id"},
            paramLabel = "ID",
            description = "service token; also TUNNEL_SERVICE_TOKEN_ID")
    @Nullable
    String tokenId;

    @Option(
            names = {"--service-token-secret", "--secret"},
            paramLabel = "SECRET",
            description = "its secret; also TUNNEL_SERVICE_TOKEN_SECRET")
    @Nullable
    String tokenSecret;

    @Option(
            names = "--connect-to",
            paramLabel = "HOST:PORT",
            description = "dials this instead of the application's host")
    @Nullable
    String connectTo;

    /** Throws {@link IllegalArgumentException} for an application that is none. */
    AccessTarget.Builder target(Terminal terminal, String application) {
        AccessTarget.Builder target = AccessTarget.builder(application);
        headers.forEach(target::headerLine);
        if (connectTo != null) {
            target.connectTo(HostAndPort.listener("--connect-to", connectTo));
        }
        ServiceToken token = serviceToken(terminal);
        if (token != null) {
            target.serviceToken(token);
        }
        return target;
    }

    private @Nullable ServiceToken serviceToken(Terminal terminal) {
        if (tokenId == null && tokenSecret == null) {
            return ServiceToken.fromEnvironment(terminal.environment());
        }
        if (tokenId == null || tokenSecret == null) {
            String missing = tokenId == null ? "--service-token-id" : "--service-token-secret";
            throw Usage.wrong(missing + ": missing (expected: both parts of the token)");
        }
        return ServiceToken.of(tokenId, tokenSecret);
    }
}
