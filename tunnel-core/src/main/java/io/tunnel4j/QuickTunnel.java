package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonElement;
import io.tunnel4j.admin.ApiCall;
import io.tunnel4j.admin.ApiClient;
import io.tunnel4j.admin.ApiHttp;
import io.tunnel4j.admin.ApiObject;
import io.tunnel4j.admin.Delay;
import io.tunnel4j.transport.TrustRoots;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletionStage;

/**
 * A tunnel for a short time under a name that the service chooses, without an account.
 *
 * <p>A connector for it has one connection. Immutable, thread-safe. {@link #toString()} leaves the secret out.
 */
public final class QuickTunnel {
    /** The hosted service. */
    public static final URI DEFAULT_SERVICE = URI.create("https://api.trycloudflare.com");

    private static final Duration TIMEOUT = Duration.ofSeconds(15);
    private static final int MAX_ANSWER_BYTES = 64 * 1024;

    private final String hostname;
    private final TunnelCredentials credentials;

    private QuickTunnel(String hostname, TunnelCredentials credentials) {
        this.hostname = hostname;
        this.credentials = credentials;
    }

    /**
     * Asks a service for a tunnel. The service is not asked again when it refuses for its rate.
     *
     * @param service the service's address, e.g. {@link #DEFAULT_SERVICE}
     * @param caPool PEM files of authorities to trust besides the JVM's and the operating system's
     * @return the tunnel; fails with {@link TunnelException}
     */
    public static CompletionStage<QuickTunnel> request(URI service, Path... caPool) {
        requireNonNull(service, "service");
        ApiHttp http = new ApiHttp(TrustRoots.builder().pemFiles(caPool).build(), TIMEOUT, MAX_ANSWER_BYTES);
        ApiClient.Settings settings = new ApiClient.Settings(service, null, Platform.version(), 0, Duration.ZERO);
        return new ApiClient(http, settings, Delay.SYSTEM)
                .call(ApiCall.of("POST", "tunnel").asJson(), QuickTunnel::read);
    }

    private static QuickTunnel read(JsonElement result) {
        ApiObject tunnel = ApiObject.of("quick tunnel", result);
        byte[] secret;
        try {
            secret = Base64.getDecoder().decode(tunnel.text("secret"));
        } catch (IllegalArgumentException e) {
            throw new TunnelException(TunnelErrorCode.API, "quick tunnel: member secret is not base64");
        }
        String account = tunnel.text("account_tag");
        if (secret.length == 0 || !CredentialsJson.isAccountTag(account)) {
            throw new TunnelException(TunnelErrorCode.API, "quick tunnel: the answer holds no usable credentials");
        }
        return new QuickTunnel(tunnel.text("hostname"), new TunnelCredentials(account, tunnel.id("id"), secret, null));
    }

    /**
     * Returns the public name.
     *
     * @return a host name
     */
    public String hostname() {
        return hostname;
    }

    /**
     * Returns what the connector needs.
     *
     * @return the credentials
     */
    public TunnelCredentials credentials() {
        return credentials;
    }

    /** Returns the name and the tunnel, not the secret. */
    @Override
    public String toString() {
        return "QuickTunnel[hostname=" + hostname + ", tunnelId=" + credentials.tunnelId() + "]";
    }
}
