package io.tunnel4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.tunnel4j.admin.ApiHttp;
import io.tunnel4j.admin.Delay;
import io.tunnel4j.admin.TransferPoll;
import io.tunnel4j.transport.Ticker;
import io.tunnel4j.transport.TrustRoots;
import java.math.BigInteger;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.security.interfaces.XECPublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The login of a person in a browser that yields an {@link OriginCertificate}.
 *
 * <p>Each login has a fresh key, whose public half names the place where the dashboard leaves the certificate. The address to open goes
 * to the prompt; nothing else opens a browser. Thread-safe; may be used for several logins.
 */
public final class TunnelLogin {
    private static final int MAX_CERTIFICATE_BYTES = 64 * 1024;
    private static final int KEY_BYTES = 32;

    /** Stores hold a request for 45 to 55 s. */
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration POLL_PAUSE = Duration.ofSeconds(1);

    private final URI dashboard;
    private final URI transferStore;
    private final Consumer<URI> prompt;
    private final TransferPoll poll;

    private TunnelLogin(Builder builder) {
        dashboard = builder.dashboard;
        transferStore = builder.transferStore;
        prompt = builder.prompt;
        ApiHttp http = new ApiHttp(builder.trust.build(), POLL_TIMEOUT, MAX_CERTIFICATE_BYTES);
        poll = new TransferPoll(http, builder.delay, builder.ticker, POLL_PAUSE, builder.limit);
    }

    /**
     * Starts with the way to show an address.
     *
     * @param prompt shows the address to the person who logs in, e.g. opens a browser; called on the thread that starts the login
     * @return a builder
     */
    public static Builder builder(Consumer<URI> prompt) {
        return new Builder(prompt);
    }

    /**
     * Starts a login: shows the address and waits for the certificate.
     *
     * @return the certificate; fails with {@code LOGIN_TIMED_OUT} when nobody finishes the login, with {@code API} when the store
     *     says it is broken, with {@code INVALID_CREDENTIALS} when what is left there is no certificate. Cancelling it ends the waiting
     */
    public CompletableFuture<OriginCertificate> start() {
        URI place = transferStore.resolve(publicKey());
        prompt.accept(URI.create(dashboard + "?aud=&callback=" + URLEncoder.encode(place.toString(), UTF_8)));
        CompletableFuture<byte[]> left = poll.await(place, Platform.version());
        CompletableFuture<OriginCertificate> certificate = new CompletableFuture<>();
        left.whenComplete((bytes, failure) -> {
            try {
                if (failure == null) {
                    certificate.complete(OriginCertificate.fromPem(new String(bytes, UTF_8)));
                } else {
                    certificate.completeExceptionally(failure);
                }
            } catch (TunnelException e) {
                certificate.completeExceptionally(e);
            }
        });
        certificate.whenComplete((value, failure) -> left.cancel(false));
        return certificate;
    }

    /** A fresh X25519 key's public half, which the transfer of this login does not use as a key. */
    private static String publicKey() {
        KeyPair keys;
        try {
            keys = KeyPairGenerator.getInstance("X25519").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("X25519 of this JVM", e);
        }
        BigInteger u = ((XECPublicKey) keys.getPublic()).getU();
        byte[] bytes = new byte[KEY_BYTES];
        for (int i = 0; i < KEY_BYTES; i++) {
            bytes[i] = u.shiftRight(Byte.SIZE * i).byteValue();
        }
        return Base64.getUrlEncoder().encodeToString(bytes);
    }

    /** Collects settings of a {@link TunnelLogin}. Not thread-safe. */
    public static final class Builder {
        private final Consumer<URI> prompt;
        private final TrustRoots.Builder trust = TrustRoots.builder();
        private URI dashboard = URI.create("https://dash.cloudflare.com/argotunnel");
        private URI transferStore = URI.create("https://login.cloudflareaccess.org/");
        private Duration limit = Duration.ofMinutes(10);
        private Delay delay = Delay.SYSTEM;
        private Ticker ticker = Ticker.SYSTEM;

        private Builder(Consumer<URI> prompt) {
            this.prompt = requireNonNull(prompt, "prompt");
        }

        /**
         * Sets the page where one logs in. Default: that of the hosted network.
         *
         * @param page its address, without query
         * @return this
         */
        public Builder dashboard(URI page) {
            dashboard = requireNonNull(page, "page");
            return this;
        }

        /**
         * Sets where the page leaves the certificate. Default: the store of the hosted network.
         *
         * @param base its address
         * @return this
         */
        public Builder transferStore(URI base) {
            String address = base.toString();
            transferStore = address.endsWith("/") ? base : URI.create(address + "/");
            return this;
        }

        /**
         * Trusts more certificates, besides the JVM's and the operating system's roots.
         *
         * @param pemFiles PEM files
         * @return this
         */
        public Builder caPool(Path... pemFiles) {
            trust.pemFiles(pemFiles);
            return this;
        }

        /**
         * Trusts more certificates, besides the JVM's and the operating system's roots.
         *
         * @param certificates certificates of authorities
         * @return this
         */
        public Builder caPool(X509Certificate... certificates) {
            trust.certificates(certificates);
            return this;
        }

        /**
         * Sets how long the person may take. Default 10 minutes.
         *
         * @param time the time, more than zero
         * @return this
         */
        public Builder limit(Duration time) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException("limit: " + time + " (expected: > 0)");
            }
            limit = time;
            return this;
        }

        Builder delay(Delay source) {
            delay = source;
            return this;
        }

        Builder ticker(Ticker source) {
            ticker = source;
            return this;
        }

        /**
         * Builds the login; shows nothing yet.
         *
         * @return the login
         */
        public TunnelLogin build() {
            return new TunnelLogin(this);
        }
    }
}
