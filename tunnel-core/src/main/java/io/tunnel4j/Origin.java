package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpHandler;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The service behind a rule: an address, an answer, or a handler in this process. Immutable values, made by the factories
 * and refined by {@code options}, {@code tls} and {@code proxyProtocol}, each of which returns a changed copy.
 */
public sealed interface Origin {
    /**
     * Returns how the connector talks to this origin.
     *
     * @return the options set so far
     */
    OriginOptions options();

    /**
     * Replaces the options.
     *
     * @param options the new options
     * @return a changed copy
     */
    Origin options(OriginOptions options);

    /**
     * Returns the service text of cloudflared's configuration that stands for this origin; handlers in this process, which
     * have none, answer with a name of their own.
     *
     * @return the service text
     */
    String service();

    /**
     * An HTTP origin. The path of the URL must be empty: it comes from the request.
     *
     * @param uri an http, https, ws or wss URL
     * @return the origin
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} for any other URL
     */
    static Http http(URI uri) {
        if (ServiceText.parse(uri.toString()) instanceof Http http) {
            return http;
        }
        throw ServiceText.invalid(uri.toString(), "an http, https, ws or wss URL");
    }

    /**
     * An HTTP origin without TLS.
     *
     * @param host its name or address
     * @param port its port
     * @return the origin
     */
    static Http http(String host, int port) {
        return new Http("http", host, port, null, OriginOptions.defaults());
    }

    /**
     * A TCP origin; the bytes travel in WebSocket messages.
     *
     * @param host its name or address
     * @param port its port
     * @return the origin
     */
    static Tcp tcp(String host, int port) {
        return new Tcp("tcp", host, port, null, OriginOptions.defaults());
    }

    /**
     * An HTTP origin on a Unix domain socket.
     *
     * @param path the socket
     * @return the origin
     */
    static Unix unix(Path path) {
        return new Unix(path, false, null, OriginOptions.defaults());
    }

    /**
     * An HTTPS origin on a Unix domain socket.
     *
     * @param path the socket
     * @return the origin
     */
    static Unix unixTls(Path path) {
        return new Unix(path, true, null, OriginOptions.defaults());
    }

    /**
     * Answers every request with one status and an empty body.
     *
     * @param code 100 to 999
     * @return the origin
     */
    static Status status(int code) {
        return new Status(code, OriginOptions.defaults());
    }

    /**
     * A built-in page that shows that the tunnel works.
     *
     * @return the origin
     */
    static HelloWorld helloWorld() {
        return new HelloWorld(OriginOptions.defaults());
    }

    /**
     * A TCP origin whose address the request names in {@code Cf-Access-Jump-Destination}.
     *
     * @return the origin
     */
    static Bastion bastion() {
        return new Bastion(OriginOptions.defaults());
    }

    /**
     * A SOCKS5 server; {@link OriginOptions#ipRules()} limits where it connects to.
     *
     * @return the origin
     */
    static SocksProxy socksProxy() {
        return new SocksProxy(OriginOptions.defaults());
    }

    /**
     * A handler in this process, run on the connector's own bounded pool of daemon threads, so that it may block.
     *
     * @param handler the handler
     * @return the origin
     */
    static Handler handler(HttpHandler handler) {
        return new Handler(handler, null, OriginOptions.defaults());
    }

    /**
     * A handler in this process.
     *
     * @param handler the handler
     * @param executor what runs each exchange; it is never shut down by the connector
     * @return the origin
     */
    static Handler handler(HttpHandler handler, Executor executor) {
        return new Handler(handler, requireNonNull(executor, "executor"), OriginOptions.defaults());
    }

    /**
     * A Netty pipeline in this process that sees the HTTP messages of one request.
     *
     * @param initializer fills the pipeline; must not block
     * @return the origin
     */
    static Pipeline channel(ChannelInitializer<? extends Channel> initializer) {
        return new Pipeline(initializer, OriginOptions.defaults());
    }

    /**
     * Reads the service text of cloudflared's configuration, for example {@code http://localhost:8080},
     * {@code unix:/run/app.sock}, {@code ssh://host} or {@code http_status:404}.
     *
     * @param text the service text
     * @return the origin
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if it is not valid
     */
    static Origin service(String text) {
        return ServiceText.parse(text);
    }

    /**
     * See {@link Origin#http(URI)}.
     *
     * @param scheme {@code http}, {@code https}, {@code ws} or {@code wss}
     * @param host the name or address, IPv6 without brackets
     * @param port the port, or 0 for the scheme's default
     * @param explicitTls the TLS settings, or null to take them from the options
     * @param options the options
     */
    record Http(
            String scheme, String host, int port, @Nullable OriginTls explicitTls, OriginOptions options)
            implements Origin {
        /**
         * Creates an origin.
         *
         * @param scheme {@code http}, {@code https}, {@code ws} or {@code wss}
         * @param host the name or address, IPv6 without brackets
         * @param port the port, or 0 for the scheme's default
         * @param explicitTls the TLS settings, or null to take them from the options
         * @param options the options
         */
        public Http {
            requireNonNull(options, "options");
            ServiceText.checkHost(host);
            ServiceText.checkPort(port, 0);
        }

        /**
         * Tells whether the origin is reached through TLS.
         *
         * @return true for https and wss
         */
        public boolean isSecure() {
            return scheme.equals("https") || scheme.equals("wss");
        }

        /**
         * Returns the port to connect to.
         *
         * @return the port given, or the scheme's default
         */
        public int effectivePort() {
            return port != 0 ? port : isSecure() ? 443 : 80;
        }

        /**
         * Returns how TLS is set up.
         *
         * @return what {@link #tls(OriginTls)} set, else what the options say
         */
        public OriginTls tls() {
            return explicitTls == null ? OriginTls.of(options) : explicitTls;
        }

        /**
         * Sets up TLS; the options' TLS rows then have no effect.
         *
         * @param tls the settings
         * @return a changed copy
         */
        public Http tls(OriginTls tls) {
            return new Http(scheme, host, port, requireNonNull(tls, "tls"), options);
        }

        @Override
        public Http options(OriginOptions options) {
            return new Http(scheme, host, port, explicitTls, options);
        }

        @Override
        public String service() {
            return scheme + "://" + ServiceText.bracketed(host) + (port == 0 ? "" : ":" + port);
        }
    }

    /**
     * See {@link Origin#unix(Path)}.
     *
     * @param path the socket
     * @param isSecure whether it is reached through TLS
     * @param explicitTls the TLS settings, or null to take them from the options
     * @param options the options
     */
    record Unix(Path path, boolean isSecure, @Nullable OriginTls explicitTls, OriginOptions options) implements Origin {
        /**
         * Creates an origin.
         *
         * @param path the socket
         * @param isSecure whether it is reached through TLS
         * @param explicitTls the TLS settings, or null to take them from the options
         * @param options the options
         */
        public Unix {
            requireNonNull(path, "path");
            requireNonNull(options, "options");
        }

        /**
         * Returns how TLS is set up.
         *
         * @return what {@link #tls(OriginTls)} set, else what the options say
         */
        public OriginTls tls() {
            return explicitTls == null ? OriginTls.of(options) : explicitTls;
        }

        /**
         * Sets up TLS; the options' TLS rows then have no effect.
         *
         * @param tls the settings
         * @return a changed copy
         */
        public Unix tls(OriginTls tls) {
            return new Unix(path, isSecure, requireNonNull(tls, "tls"), options);
        }

        @Override
        public Unix options(OriginOptions options) {
            return new Unix(path, isSecure, explicitTls, options);
        }

        @Override
        public String service() {
            return (isSecure ? "unix+tls:" : "unix:") + path;
        }
    }

    /**
     * See {@link Origin#tcp(String, int)}.
     *
     * @param scheme what the service text said, only shown
     * @param host the name or address, IPv6 without brackets
     * @param port the port
     * @param proxyProtocol the header sent first, or null for none
     * @param options the options
     */
    record Tcp(
            String scheme, String host, int port, @Nullable ProxyProtocol proxyProtocol, OriginOptions options)
            implements Origin {
        /**
         * Creates an origin.
         *
         * @param scheme what the service text said, only shown
         * @param host the name or address, IPv6 without brackets
         * @param port the port
         * @param proxyProtocol the header sent first, or null for none
         * @param options the options
         */
        public Tcp {
            requireNonNull(scheme, "scheme");
            requireNonNull(options, "options");
            ServiceText.checkHost(host);
            ServiceText.checkPort(port, 1);
        }

        /**
         * Sends a PROXY protocol header first.
         *
         * @param version its version
         * @return a changed copy
         */
        public Tcp proxyProtocol(ProxyProtocol version) {
            return new Tcp(scheme, host, port, requireNonNull(version, "version"), options);
        }

        @Override
        public Tcp options(OriginOptions options) {
            return new Tcp(scheme, host, port, proxyProtocol, options);
        }

        @Override
        public String service() {
            return scheme + "://" + ServiceText.bracketed(host) + ":" + port;
        }
    }

    /**
     * See {@link Origin#status(int)}.
     *
     * @param code the status
     * @param options the options
     */
    record Status(int code, OriginOptions options) implements Origin {
        /**
         * Creates an origin.
         *
         * @param code the status
         * @param options the options
         */
        public Status {
            requireNonNull(options, "options");
            if (code < 100 || code > 999) {
                throw ServiceText.invalid("http_status:" + code, "a status of 100 to 999");
            }
        }

        @Override
        public Status options(OriginOptions options) {
            return new Status(code, options);
        }

        @Override
        public String service() {
            return "http_status:" + code;
        }
    }

    /**
     * See {@link Origin#helloWorld()}.
     *
     * @param options the options
     */
    record HelloWorld(OriginOptions options) implements Origin {
        /**
         * Creates an origin.
         *
         * @param options the options
         */
        public HelloWorld {
            requireNonNull(options, "options");
        }

        @Override
        public HelloWorld options(OriginOptions options) {
            return new HelloWorld(options);
        }

        @Override
        public String service() {
            return "hello_world";
        }
    }

    /**
     * See {@link Origin#bastion()}.
     *
     * @param options the options
     */
    record Bastion(OriginOptions options) implements Origin {
        /**
         * Creates an origin.
         *
         * @param options the options
         */
        public Bastion {
            requireNonNull(options, "options");
        }

        @Override
        public Bastion options(OriginOptions options) {
            return new Bastion(options);
        }

        @Override
        public String service() {
            return "bastion";
        }
    }

    /**
     * See {@link Origin#socksProxy()}.
     *
     * @param options the options
     */
    record SocksProxy(OriginOptions options) implements Origin {
        /**
         * Creates an origin.
         *
         * @param options the options
         */
        public SocksProxy {
            requireNonNull(options, "options");
        }

        @Override
        public SocksProxy options(OriginOptions options) {
            return new SocksProxy(options);
        }

        @Override
        public String service() {
            return "socks-proxy";
        }
    }

    /**
     * See {@link Origin#handler(HttpHandler, Executor)}.
     *
     * @param handler the handler
     * @param executor what runs each exchange, or null for the connector's own pool
     * @param options the options
     */
    record Handler(HttpHandler handler, @Nullable Executor executor, OriginOptions options) implements Origin {
        /**
         * Creates an origin.
         *
         * @param handler the handler
         * @param executor what runs each exchange, or null for the connector's own pool
         * @param options the options
         */
        public Handler {
            requireNonNull(handler, "handler");
            requireNonNull(options, "options");
        }

        @Override
        public Handler options(OriginOptions options) {
            return new Handler(handler, executor, options);
        }

        @Override
        public String service() {
            return "handler";
        }
    }

    /**
     * See {@link Origin#channel(ChannelInitializer)}.
     *
     * @param initializer fills the pipeline
     * @param options the options
     */
    record Pipeline(ChannelInitializer<? extends Channel> initializer, OriginOptions options) implements Origin {
        /**
         * Creates an origin.
         *
         * @param initializer fills the pipeline
         * @param options the options
         */
        public Pipeline {
            requireNonNull(initializer, "initializer");
            requireNonNull(options, "options");
        }

        @Override
        public Pipeline options(OriginOptions options) {
            return new Pipeline(initializer, options);
        }

        @Override
        public String service() {
            return "channel";
        }
    }
}
