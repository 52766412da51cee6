package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.tunnel4j.admin.ApiCall;
import io.tunnel4j.admin.ApiClient;
import io.tunnel4j.admin.ApiHttp;
import io.tunnel4j.admin.ApiObject;
import io.tunnel4j.admin.Delay;
import io.tunnel4j.transport.TrustRoots;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Creates, routes and deletes tunnels through the management API: the hosted one, or that of a self-hosted edge.
 *
 * <pre>{@code
 * TunnelAdmin admin = TunnelAdmin.builder(OriginCertificate.fromFile(certPem)).build();
 * TunnelCredentials credentials = admin.create("shop").toCompletableFuture().join();
 * admin.routeDns(credentials.tunnelId(), "shop.example.com");
 * }</pre>
 *
 * <p>Nothing blocks; stages complete on a thread of the HTTP client. Each request is answered within {@link Builder#timeout}, else it fails;
 * one that the API refuses for its rate is sent again after the time the API names. Stages fail with {@link TunnelException}:
 * {@link TunnelApiException} when the API said no, else {@code TIMEOUT}, {@code API_UNREACHABLE}, {@code EDGE_UNTRUSTED} for a certificate that is not
 * trusted, or {@code API} for an answer that cannot be read. Holds no thread but those of the JDK's HTTP client, which end when unused.
 * Thread-safe.
 */
public final class TunnelAdmin {
    private static final Pattern UUID_FORM =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    private static final int SECRET_BYTES = 32;

    private final ApiClient api;
    private final String accountId;
    private final String zoneId;
    private final SecureRandom random = new SecureRandom();

    private TunnelAdmin(Builder builder) {
        accountId = builder.certificate.accountId();
        zoneId = builder.certificate.zoneId();
        ApiHttp http = new ApiHttp(builder.trust.build(), builder.timeout, builder.maxAnswerBytes);
        api = new ApiClient(
                http,
                new ApiClient.Settings(
                        builder.apiUrl,
                        builder.certificate.apiToken(),
                        Platform.version(),
                        builder.maxRetries,
                        builder.maxWait),
                builder.delay);
    }

    /**
     * Starts with the right to manage an account.
     *
     * @param certificate what a login yielded; its {@link OriginCertificate#apiUrl()} is the default address
     * @return a builder
     */
    public static Builder builder(OriginCertificate certificate) {
        return new Builder(certificate);
    }

    /**
     * Creates a tunnel with a random secret of 32 bytes.
     *
     * @param name its name, unique in the account; not in the form of a UUID
     * @return what its connectors need; fails with status 409 when the name is taken
     */
    public CompletionStage<TunnelCredentials> create(String name) {
        if (requireNonNull(name, "name").isBlank() || UUID_FORM.matcher(name).matches()) {
            throw new IllegalArgumentException("name: \"" + name + "\" (expected: some text that is not a UUID)");
        }
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        JsonObject body = new JsonObject();
        body.addProperty("name", name);
        body.addProperty("tunnel_secret", Base64.getEncoder().encodeToString(secret));
        return api.call(
                tunnels("POST").sending(body),
                result -> new TunnelCredentials(
                        accountId, ApiObject.of("create", result).id("id"), secret, null));
    }

    /**
     * Lists tunnels.
     *
     * @param filter which
     * @return all of them, in the API's order
     */
    public CompletionStage<List<TunnelInfo>> list(TunnelFilter filter) {
        return api.list(filter.applyTo(tunnels("GET")), AdminJson::tunnel);
    }

    /**
     * Looks for a tunnel by its name.
     *
     * @param name the name
     * @return the tunnel that is not deleted; empty if there is none
     */
    public CompletionStage<Optional<TunnelInfo>> find(String name) {
        return api.list(
                TunnelFilter.builder().name(name).build().applyTo(tunnels("GET")),
                AdminJson::tunnel,
                found -> found.stream()
                        .filter(tunnel -> tunnel.name().equals(name))
                        .findFirst());
    }

    /**
     * Reads a tunnel.
     *
     * @param tunnelId the tunnel
     * @return what is known about it; fails with status 404 when it does not exist
     */
    public CompletionStage<TunnelInfo> tunnel(UUID tunnelId) {
        return api.call(tunnel("GET", tunnelId), result -> AdminJson.tunnel(ApiObject.of("tunnel", result)));
    }

    /**
     * Lists the connectors that serve a tunnel now.
     *
     * @param tunnelId the tunnel
     * @return its connectors with their connections
     */
    public CompletionStage<List<ConnectorDetails>> connectors(UUID tunnelId) {
        return api.list(tunnel("GET", tunnelId, "connections"), AdminJson::connector);
    }

    /**
     * Fetches what a tunnel's connectors need.
     *
     * @param tunnelId the tunnel
     * @return its credentials
     */
    public CompletionStage<TunnelCredentials> credentials(UUID tunnelId) {
        return api.call(tunnel("GET", tunnelId, "token"), AdminJson::token);
    }

    /**
     * Removes the connections of a tunnel from the edge's books, so that it can be deleted.
     *
     * @param tunnelId the tunnel
     * @param connectorId the connector to forget, or null for all
     * @return done when they are removed
     */
    public CompletionStage<Void> cleanUp(UUID tunnelId, @Nullable UUID connectorId) {
        return api.run(tunnel("DELETE", tunnelId, "connections").with("client_id", connectorId));
    }

    /**
     * Deletes a tunnel without connections.
     *
     * @param tunnelId the tunnel
     * @return done when it is deleted; fails while connectors are connected
     */
    public CompletionStage<Void> delete(UUID tunnelId) {
        return api.run(tunnel("DELETE", tunnelId));
    }

    /**
     * Deletes a tunnel with everything that depends on it: its connections and its routes.
     *
     * @param tunnelId the tunnel
     * @return done when it is deleted
     */
    public CompletionStage<Void> deleteCascading(UUID tunnelId) {
        return api.run(tunnel("DELETE", tunnelId).with("cascade", "true"));
    }

    /**
     * Lets a name of the certificate's zone lead to a tunnel. A DNS record that leads elsewhere stays.
     *
     * @param tunnelId the tunnel
     * @param hostname the name
     * @return what changed; fails when there is another record
     */
    public CompletionStage<RouteChange> routeDns(UUID tunnelId, String hostname) {
        return routeDns(tunnelId, hostname, false);
    }

    /**
     * Lets a name of the certificate's zone lead to a tunnel. A DNS record that leads elsewhere is replaced.
     *
     * @param tunnelId the tunnel
     * @param hostname the name
     * @return what changed
     */
    public CompletionStage<RouteChange> overwriteDns(UUID tunnelId, String hostname) {
        return routeDns(tunnelId, hostname, true);
    }

    private CompletionStage<RouteChange> routeDns(UUID tunnelId, String hostname, boolean overwrite) {
        JsonObject body = new JsonObject();
        body.addProperty("type", "dns");
        body.addProperty("user_hostname", requireNonNull(hostname, "hostname"));
        body.addProperty("overwrite_existing", overwrite);
        return api.call(
                route(tunnelId).sending(body), result -> AdminJson.change(ApiObject.of("route", result), "cname"));
    }

    /**
     * Puts a tunnel into a pool of a load balancer of the certificate's zone.
     *
     * @param tunnelId the tunnel
     * @param loadBalancer name of the load balancer
     * @param pool name of the pool
     * @return what changed
     */
    public CompletionStage<LoadBalancerRoute> routeLoadBalancer(UUID tunnelId, String loadBalancer, String pool) {
        JsonObject body = new JsonObject();
        body.addProperty("type", "lb");
        body.addProperty("lb_name", requireNonNull(loadBalancer, "loadBalancer"));
        body.addProperty("lb_pool", requireNonNull(pool, "pool"));
        return api.call(route(tunnelId).sending(body), result -> {
            ApiObject change = ApiObject.of("route", result);
            return new LoadBalancerRoute(AdminJson.change(change, "load_balancer"), AdminJson.change(change, "pool"));
        });
    }

    /**
     * Reads the configuration that the edge pushes to a tunnel's connectors.
     *
     * @param tunnelId a remotely managed tunnel
     * @return its configuration
     */
    public CompletionStage<TunnelConfiguration> configuration(UUID tunnelId) {
        return api.call(
                tunnel("GET", tunnelId, "configurations"),
                result -> AdminJson.configuration(tunnelId, ApiObject.of("configuration", result)));
    }

    /**
     * Replaces the configuration that the edge pushes to a tunnel's connectors.
     *
     * @param tunnelId a remotely managed tunnel
     * @param json the new configuration: a JSON object with {@code ingress}, {@code originRequest}, {@code warp-routing}
     * @return what is in force now
     */
    public CompletionStage<TunnelConfiguration> configure(UUID tunnelId, String json) {
        JsonObject body = new JsonObject();
        body.add("config", jsonObject(json));
        return api.call(
                tunnel("PUT", tunnelId, "configurations").sending(body),
                result -> AdminJson.configuration(tunnelId, ApiObject.of("configuration", result)));
    }

    /**
     * Lets a private network be reached through a tunnel.
     *
     * @param network in CIDR notation
     * @param tunnelId the tunnel
     * @param comment free text; may be empty
     * @param virtualNetworkId the virtual network, or null for the account's default
     * @return the new route
     */
    public CompletionStage<NetworkRoute> addNetworkRoute(
            String network, UUID tunnelId, String comment, @Nullable UUID virtualNetworkId) {
        JsonObject body = new JsonObject();
        body.addProperty("network", requireNonNull(network, "network"));
        body.addProperty("tunnel_id", tunnelId.toString());
        body.addProperty("comment", requireNonNull(comment, "comment"));
        if (virtualNetworkId != null) {
            body.addProperty("virtual_network_id", virtualNetworkId.toString());
        }
        return api.call(
                teamnet("POST", "routes").sending(body),
                result -> AdminJson.networkRoute(ApiObject.of("network route", result)));
    }

    /**
     * Lists network routes.
     *
     * @param filter which
     * @return all of them
     */
    public CompletionStage<List<NetworkRoute>> networkRoutes(NetworkRouteFilter filter) {
        return api.list(filter.applyTo(teamnet("GET", "routes")), AdminJson::networkRoute);
    }

    /**
     * Finds the route that an address takes.
     *
     * @param address the address
     * @param virtualNetworkId the virtual network, or null for the account's default
     * @return the route; empty if none leads there
     */
    public CompletionStage<Optional<NetworkRoute>> networkRouteTo(
            InetAddress address, @Nullable UUID virtualNetworkId) {
        return api.call(
                teamnet("GET", "routes", "ip", address.getHostAddress()).with("virtual_network_id", virtualNetworkId),
                result -> result.isJsonNull()
                        ? Optional.empty()
                        : Optional.of(AdminJson.networkRoute(ApiObject.of("network route", result))));
    }

    /**
     * Deletes a network route.
     *
     * @param routeId the route, e.g. from {@link #networkRoutes}
     * @return done when it is deleted
     */
    public CompletionStage<Void> deleteNetworkRoute(UUID routeId) {
        return api.run(teamnet("DELETE", "routes", routeId.toString()));
    }

    /**
     * Creates a virtual network.
     *
     * @param name its name
     * @param comment free text; may be empty
     * @return the new virtual network, which is not the default
     */
    public CompletionStage<VirtualNetwork> addVirtualNetwork(String name, String comment) {
        JsonObject body = named(name, comment);
        body.addProperty("is_default_network", false);
        return virtualNetwork(teamnet("POST", "virtual_networks").sending(body));
    }

    /**
     * Lists virtual networks that are not deleted.
     *
     * @return all of them
     */
    public CompletionStage<List<VirtualNetwork>> virtualNetworks() {
        return api.list(teamnet("GET", "virtual_networks").with("is_deleted", "false"), AdminJson::virtualNetwork);
    }

    /**
     * Renames a virtual network.
     *
     * @param id the virtual network
     * @param name its name from now on
     * @param comment free text; may be empty
     * @return the virtual network as it is now
     */
    public CompletionStage<VirtualNetwork> renameVirtualNetwork(UUID id, String name, String comment) {
        return virtualNetwork(
                teamnet("PATCH", "virtual_networks", id.toString()).sending(named(name, comment)));
    }

    /**
     * Lets network routes go to a virtual network when they name none.
     *
     * @param id the virtual network
     * @return the virtual network as it is now
     */
    public CompletionStage<VirtualNetwork> makeDefaultVirtualNetwork(UUID id) {
        JsonObject body = new JsonObject();
        body.addProperty("is_default_network", true);
        return virtualNetwork(
                teamnet("PATCH", "virtual_networks", id.toString()).sending(body));
    }

    /**
     * Deletes a virtual network without routes.
     *
     * @param id the virtual network
     * @return done when it is deleted
     */
    public CompletionStage<Void> deleteVirtualNetwork(UUID id) {
        return api.run(teamnet("DELETE", "virtual_networks", id.toString()));
    }

    /**
     * Deletes a virtual network and its routes.
     *
     * @param id the virtual network
     * @return done when it is deleted
     */
    public CompletionStage<Void> deleteVirtualNetworkCascading(UUID id) {
        return api.run(teamnet("DELETE", "virtual_networks", id.toString()).with("force", "true"));
    }

    private CompletionStage<VirtualNetwork> virtualNetwork(ApiCall call) {
        return api.call(call, result -> AdminJson.virtualNetwork(ApiObject.of("virtual network", result)));
    }

    private static JsonObject named(String name, String comment) {
        JsonObject body = new JsonObject();
        body.addProperty("name", requireNonNull(name, "name"));
        body.addProperty("comment", requireNonNull(comment, "comment"));
        return body;
    }

    private ApiCall tunnels(String method) {
        return ApiCall.of(method, "accounts", accountId, "cfd_tunnel");
    }

    private ApiCall tunnel(String method, UUID tunnelId) {
        return ApiCall.of(method, "accounts", accountId, "cfd_tunnel", tunnelId.toString());
    }

    private ApiCall tunnel(String method, UUID tunnelId, String part) {
        return ApiCall.of(method, "accounts", accountId, "cfd_tunnel", tunnelId.toString(), part);
    }

    private ApiCall route(UUID tunnelId) {
        if (zoneId.isEmpty()) {
            throw new IllegalStateException("certificate without a zone (expected: a login for the zone of the name)");
        }
        return ApiCall.of("PUT", "zones", zoneId, "tunnels", tunnelId.toString(), "routes");
    }

    private ApiCall teamnet(String method, String... parts) {
        String[] segments = new String[parts.length + 3];
        segments[0] = "accounts";
        segments[1] = accountId;
        segments[2] = "teamnet";
        System.arraycopy(parts, 0, segments, 3, parts.length);
        return ApiCall.of(method, segments);
    }

    private static JsonElement jsonObject(String json) {
        try {
            if (JsonParser.parseString(json) instanceof JsonObject object) {
                return object;
            }
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("json: no JSON (expected: an object)", e);
        }
        throw new IllegalArgumentException("json: no object (expected: ingress, originRequest, warp-routing)");
    }

    /** Collects settings of a {@link TunnelAdmin}. Not thread-safe. */
    public static final class Builder {
        private static final int MAX_ANSWER_BYTES = 8 * 1024 * 1024;

        private final OriginCertificate certificate;
        private final TrustRoots.Builder trust = TrustRoots.builder();
        private URI apiUrl;
        private Duration timeout = Duration.ofSeconds(15);
        private int maxRetries = 5;
        private Duration maxWait = Duration.ofMinutes(5);
        private int maxAnswerBytes = MAX_ANSWER_BYTES;
        private Delay delay = Delay.SYSTEM;

        private Builder(OriginCertificate certificate) {
            this.certificate = requireNonNull(certificate, "certificate");
            apiUrl = certificate.apiUrl();
        }

        /**
         * Sets where the API is. Default: as the certificate says.
         *
         * @param url http or https address, e.g. {@code https://edge.example.com/client/v4}
         * @return this
         */
        public Builder apiUrl(URI url) {
            if (url.getHost() == null || !("https".equals(url.getScheme()) || "http".equals(url.getScheme()))) {
                throw new IllegalArgumentException("apiUrl: " + url + " (expected: http or https with a host)");
            }
            apiUrl = url;
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
         * Sets how long one request may take, from connecting to the last byte of the answer. Default 15 s.
         *
         * @param limit the time, more than zero
         * @return this
         */
        public Builder timeout(Duration limit) {
            if (limit.isNegative() || limit.isZero()) {
                throw new IllegalArgumentException("timeout: " + limit + " (expected: > 0)");
            }
            timeout = limit;
            return this;
        }

        /**
         * Sets how patient a call is with an API that says it is called too often. Default 5 times, 5 minutes in all.
         *
         * @param retries how often a call is sent again; 0 for never
         * @param wait how long it waits for that, all waits together
         * @return this
         */
        public Builder rateLimit(int retries, Duration wait) {
            if (retries < 0 || wait.isNegative()) {
                throw new IllegalArgumentException("rateLimit: " + retries + ", " + wait + " (expected: not negative)");
            }
            maxRetries = retries;
            maxWait = wait;
            return this;
        }

        Builder maxAnswerBytes(int bytes) {
            maxAnswerBytes = bytes;
            return this;
        }

        Builder delay(Delay source) {
            delay = source;
            return this;
        }

        /**
         * Builds the client; connects to nothing yet.
         *
         * @return the client
         */
        public TunnelAdmin build() {
            return new TunnelAdmin(this);
        }
    }
}
