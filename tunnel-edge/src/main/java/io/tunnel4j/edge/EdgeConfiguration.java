package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.DeclaredState.DeclaredRoute;
import io.tunnel4j.edge.DeclaredState.DeclaredTunnel;
import io.tunnel4j.edge.api.Hostname;
import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.edge.store.StoreKey;
import io.tunnel4j.ingress.RemoteConfiguration;
import io.tunnel4j.transport.EventLoops;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An edge described by a YAML file; {@code docs/edge.md} has all of it. Immutable, thread-safe.
 *
 * <pre>{@code
 * EdgeConfiguration configuration = EdgeConfiguration.fromFile(Path.of("/etc/tunnel4j/edge.yml"));
 * try (EdgeStore store = configuration.openStore();
 *         TunnelEdge edge = configuration.builder(store).build()) {
 *     edge.start().thenCompose(started -> configuration.applyTo(edge)).toCompletableFuture().join();
 *     ...
 *     edge.drain(configuration.gracePeriod());
 * }
 * }</pre>
 *
 * <p>Every mistake is a {@link TunnelException} with {@link TunnelErrorCode#INVALID_CONFIGURATION} that names line, key and expected form. Secrets are not in
 * the file but in files it names.
 */
public final class EdgeConfiguration {
    private static final int MAX_FILE_BYTES = 4 << 20;
    private static final String DEFAULT_ACCOUNT = "0".repeat(32);

    private final Path directory;
    private final YamlSection root;
    private final String accountTag;
    private final DeclaredState declared;
    private final Duration gracePeriod;
    private final @Nullable String teamDomain;

    private EdgeConfiguration(YamlSection root, Path directory) {
        this.root = root;
        this.directory = directory;
        this.accountTag = root.text("account", DEFAULT_ACCOUNT);
        if (!accountTag.matches("[0-9a-f]{32}")) {
            throw root.wrong("account", "32 hexadecimal digits");
        }
        this.gracePeriod = root.duration("grace-period", Duration.ofSeconds(30));
        this.teamDomain = root.section("access").textOrNull("team-domain");
        YamlSection access = root.section("access");
        AccessSection.check(access);
        this.declared =
                new DeclaredState(tunnels(), routes(), new AccessDeclarations(access, accountTag, directory).read());
        access.refuseOthers();
        if (teamDomain == null && !access.isEmpty()) {
            // Without a team domain there is no gate: what seems protected would be open.
            throw access.missing("team-domain", "the host where people log in, as there is an access section");
        }
        checkStore();
        configured();
        root.refuseOthers();
    }

    /**
     * Reads a file.
     *
     * @param file YAML; relative paths in it start from its directory
     * @return the configuration
     * @throws TunnelException that names the file, or the line and key in it
     */
    public static EdgeConfiguration fromFile(Path file) {
        requireNonNull(file, "file");
        Path directory = file.toAbsolutePath().getParent();
        return parse(read(file, MAX_FILE_BYTES), directory == null ? Path.of("") : directory);
    }

    /**
     * Reads a text.
     *
     * @param yaml the content of such a file
     * @param directory where relative paths in it start
     * @return the configuration
     * @throws TunnelException that names line and key
     */
    public static EdgeConfiguration parse(String yaml, Path directory) {
        return new EdgeConfiguration(YamlSection.parse(yaml), requireNonNull(directory, "directory"));
    }

    private static String read(Path file, int mostBytes) {
        try {
            if (Files.size(file) <= mostBytes) {
                return Files.readString(file);
            }
        } catch (IOException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "file " + file + " cannot be read (expected: UTF-8 text)",
                    e);
        }
        throw new TunnelException(
                TunnelErrorCode.INVALID_CONFIGURATION, "file " + file + " (expected: up to " + mostBytes + " bytes)");
    }

    /**
     * Opens the store that the file names.
     *
     * @return in memory if it names none; the caller closes it after the edge
     * @throws TunnelException if a file it needs cannot be read, or the database cannot be opened
     */
    public EdgeStore openStore() {
        YamlSection store = root.section("store");
        Path file = store.pathOrNull("file", directory);
        if (file == null && !store.has("postgresql")) {
            return EdgeStore.inMemory();
        }
        Path keyFile = store.path("key-file", directory);
        StoreKey key = named(store, "key-file", () -> StoreKey.fromFile(keyFile));
        for (String older : store.texts("older-key-files")) {
            StoreKey before = named(store, "older-key-files", () -> StoreKey.fromFile(directory.resolve(older)));
            key = key.reading(before);
        }
        if (file != null) {
            return EdgeStore.file(file, key);
        }
        YamlSection database = store.section("postgresql");
        Path password = database.pathOrNull("password-file", directory);
        return EdgeStore.postgresql(
                database.text("url"),
                database.text("user"),
                password == null ? "" : SecretFile.read(database, "password-file", password),
                key);
    }

    private void checkStore() {
        YamlSection store = root.section("store");
        boolean isFile = store.has("file");
        boolean isDatabase = store.has("postgresql");
        if (isFile && isDatabase) {
            throw store.wrong("postgresql", "file or postgresql, not both");
        }
        if (isFile || isDatabase) {
            store.path("key-file", directory);
        } else if (store.has("key-file") || store.has("older-key-files")) {
            throw store.missing("file", "a file, or else postgresql, in which the key encrypts");
        }
        store.texts("older-key-files");
        if (isDatabase) {
            YamlSection database = store.section("postgresql");
            if (!database.text("url").startsWith("jdbc:postgresql:")) {
                throw database.wrong("url", "jdbc:postgresql://host:port/database");
            }
            database.text("user");
            database.has("password-file");
            database.refuseOthers();
        }
        store.refuseOthers();
    }

    /**
     * Prepares the edge that the file describes. Certificates and secrets are read now.
     *
     * @param store as opened by {@link #openStore()}
     * @return a builder, to which what a file cannot say may be added
     * @throws TunnelException if a file it names cannot be read
     */
    public TunnelEdge.Builder builder(EdgeStore store) {
        TunnelEdge.Builder builder = configured().store(store).account(accountTag);
        if (teamDomain != null) {
            builder.access(AccessSection.read(root.section("access"), teamDomain, directory));
        }
        YamlSection certificates = root.section("certificates");
        YamlSection listeners = root.section("listeners");
        InetSocketAddress https = listeners.addressOrNull("https");
        DevelopmentAuthority authority = authority(certificates);
        if (https != null) {
            builder.https(https, certificates(certificates, "public", authority, hostnames()));
        }
        InetSocketAddress connectors = listeners.addressOrNull("connectors");
        if (connectors != null) {
            builder.connectors(connectors, certificates(certificates, "connectors", authority, new String[0]));
        }
        InetSocketAddress admin = listeners.addressOrNull("admin");
        if (admin != null && admin.getAddress().isLoopbackAddress()) {
            builder.admin(admin);
        } else if (admin != null) {
            builder.admin(admin, certificates(certificates, "public", authority, hostnames()));
        }
        Path clients = certificates.pathOrNull("clients", directory);
        if (clients != null) {
            builder.clientAuthorities(named(certificates, "clients", () -> authorities(clients)));
        }
        YamlSection operators = root.section("admin");
        Path token = operators.pathOrNull("token-file", directory);
        if (token != null) {
            String secret = SecretFile.read(operators, "token-file", token);
            named(operators, "token-file", () -> builder.adminToken(secret));
        }
        return builder;
    }

    /** Adds line and key to a failure that knows only the value. */
    private static <T> T named(YamlSection section, String key, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (TunnelException | IllegalArgumentException e) {
            throw section.failed(key, String.valueOf(e.getMessage()));
        }
    }

    /** What needs no other file; so a mistake in it is found when the file is read. */
    private TunnelEdge.Builder configured() {
        TunnelEdge.Builder builder = TunnelEdge.builder();
        YamlSection listeners = root.section("listeners");
        boolean hasHttps = listeners.addressOrNull("https") != null;
        boolean hasConnectors = listeners.addressOrNull("connectors") != null;
        if (!hasHttps && !hasConnectors) {
            throw listeners.missing("https", "at least https and connectors");
        }
        listeners.addressOrNull("admin");
        InetSocketAddress http = listeners.addressOrNull("http");
        if (http != null && !hasHttps) {
            throw listeners.missing("https", "host:port, to which http redirects");
        }
        if (http != null) {
            builder.http(http);
        }
        InetSocketAddress metrics = listeners.addressOrNull("metrics");
        if (metrics != null) {
            builder.metrics(metrics);
        }
        for (YamlSection tcp : listeners.sections("tcp")) {
            InetSocketAddress address = tcp.addressOrNull("address");
            if (address == null) {
                throw tcp.missing("address", "host:port");
            }
            String hostname = oneHostname(tcp, "hostname");
            named(tcp, "hostname", () -> builder.tcp(address, hostname));
            tcp.refuseOthers();
        }
        List<String> proxies = root.texts("trusted-proxies");
        named(root, "trusted-proxies", () -> builder.trustedProxies(proxies));
        if (listeners.flag("proxy-protocol", false)) {
            if (proxies.isEmpty()) {
                throw listeners.wrong("proxy-protocol", "trusted-proxies, whose PROXY protocol is believed");
            }
            builder.proxyProtocol();
        }
        listeners.refuseOthers();
        checkFiles(listeners);
        named(root, "location", () -> builder.location(root.text("location", "EDGE")));
        Duration busyPoll = root.duration("busy-poll", EventLoops.DEFAULT_BUSY_POLL);
        named(root, "busy-poll", () -> builder.busyPoll(busyPoll));
        boolean hasOperatorHost = root.section("admin").has("hostname");
        if (hasOperatorHost) {
            builder.operatorHost(oneHostname(root.section("admin"), "hostname"));
        }
        builder.zones(zones());
        if (root.has("quick-tunnels")) {
            if (!hasOperatorHost && !listeners.has("admin")) {
                throw root.wrong("quick-tunnels", "listeners.admin or admin.hostname, where they are asked for");
            }
            builder.quickTunnels(oneHostname(root, "quick-tunnels"));
        }
        return builder.limits(limits(root.section("limits")));
    }

    private List<String> zones() {
        List<String> zones = new ArrayList<>();
        for (String text : root.texts("zones")) {
            String zone = Hostname.normalised(text);
            if (zone == null || zone.startsWith("*")) {
                throw root.wrong("zones", "domains, e.g. example.com, unlike " + text);
            }
            zones.add(zone);
        }
        return zones;
    }

    /** A file that would never be looked at is a listener forgotten. */
    private void checkFiles(YamlSection listeners) {
        YamlSection certificates = root.section("certificates");
        for (String key : List.of("public", "connectors")) {
            List<YamlSection> pairs = certificates.sections(key);
            for (YamlSection pair : pairs) {
                pair.path("chain", directory);
                pair.path("key", directory);
                pair.refuseOthers();
            }
            if (certificates.has(key) && pairs.isEmpty()) {
                throw certificates.wrong(key, "at least one pair of chain and key");
            }
        }
        boolean hasHttps = listeners.has("https");
        if (certificates.has("public") && !hasHttps && !listeners.has("admin")) {
            throw certificates.wrong("public", "listeners.https, which shows it");
        }
        if (certificates.has("connectors") && !listeners.has("connectors")) {
            throw certificates.wrong("connectors", "listeners.connectors, which shows it");
        }
        if (certificates.has("clients") && !hasHttps) {
            throw certificates.wrong("clients", "listeners.https, which asks for them");
        }
        certificates.has("authority");
        certificates.refuseOthers();
        YamlSection admin = root.section("admin");
        if (admin.has("hostname") && !hasHttps) {
            throw admin.wrong("hostname", "listeners.https, where it is served");
        }
        if (admin.has("token-file") && !admin.has("hostname") && !listeners.has("admin")) {
            throw admin.wrong("token-file", "listeners.admin or admin.hostname, where it is shown");
        }
        admin.refuseOthers();
    }

    private EdgeLimits limits(YamlSection section) {
        EdgeLimits defaults = EdgeLimits.defaults();
        int most = Integer.MAX_VALUE;
        EdgeLimits.Builder builder = EdgeLimits.builder();
        try {
            builder.head(
                            section.number("head-bytes", defaults.maxHeadBytes(), 1024, 1 << 20),
                            section.number("fields", defaults.maxFields(), 16, 10_000))
                    .requestHeadTimeout(section.duration("request-head-timeout", defaults.requestHeadTimeout()))
                    .keepAliveTimeout(section.duration("keep-alive-timeout", defaults.keepAliveTimeout()))
                    .firstByteTimeout(section.duration("first-byte-timeout", defaults.firstByteTimeout()))
                    .idleTimeout(section.duration("idle-timeout", defaults.idleTimeout()))
                    .maxStreamsPerConnection(
                            section.number("streams-per-connection", defaults.maxStreamsPerConnection(), 1, 100_000))
                    .maxConnections(
                            section.number("connections", defaults.maxConnections(), 1, most),
                            section.number("connections-per-address", defaults.maxConnectionsPerAddress(), 1, most));
            if (section.has("request-burst") && !section.has("requests-per-second")) {
                throw section.missing("requests-per-second", "a whole number, as there is a request-burst");
            }
            if (section.has("requests-per-second")) {
                int rate = section.number("requests-per-second", defaults.requestsPerSecond(), 1, most);
                builder.requestRate(rate, section.number("request-burst", (int) Math.min(2L * rate, most), 1, most));
            }
        } catch (IllegalArgumentException e) {
            throw root.failed("limits", String.valueOf(e.getMessage()));
        }
        section.refuseOthers();
        return builder.build();
    }

    private @Nullable DevelopmentAuthority authority(YamlSection certificates) {
        Path at = certificates.pathOrNull("authority", directory);
        if (at == null) {
            return certificates.has("public") && certificates.has("connectors") ? null : DevelopmentAuthority.create();
        }
        return named(certificates, "authority", () -> {
            DevelopmentAuthority authority = DevelopmentAuthority.in(at);
            authority.exportTo(at.resolve("ca.pem"));
            return authority;
        });
    }

    private EdgeCertificates certificates(
            YamlSection section, String key, @Nullable DevelopmentAuthority authority, String[] names) {
        Map<Path, Path> files = new LinkedHashMap<>();
        section.sections(key).forEach(pair -> files.put(pair.path("chain", directory), pair.path("key", directory)));
        if (!files.isEmpty()) {
            return named(section, key, () -> EdgeCertificates.pem(files));
        }
        return (authority == null ? DevelopmentAuthority.create() : authority).certificates(names);
    }

    private String[] hostnames() {
        List<String> names = new ArrayList<>();
        declared.routes().stream().map(DeclaredRoute::hostname).forEach(names::add);
        if (teamDomain != null) {
            names.add(teamDomain.replaceFirst(":[0-9]+$", ""));
        }
        String operatorHost = root.section("admin").textOrNull("hostname");
        if (operatorHost != null) {
            names.add(operatorHost);
        }
        return names.toArray(new String[0]);
    }

    private static List<X509Certificate> authorities(Path file) {
        try (var in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (IOException | CertificateException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION, "file " + file + " (expected: PEM certificates)", e);
        }
    }

    /**
     * Adds the file's tunnels, routes and Access model to a started edge. What is there already stays; what differs is changed.
     *
     * @param edge the edge built from {@link #builder}
     * @return completes when it is in force
     */
    public CompletionStage<Void> applyTo(TunnelEdge edge) {
        return edge.state()
                .change("configuration file", "configuration.apply", draft -> declared.apply(draft, accountTag))
                .thenAccept(applied -> {});
    }

    /**
     * Returns how long requests may take to finish at the end.
     *
     * @return by default 30 s
     */
    public Duration gracePeriod() {
        return gracePeriod;
    }

    /**
     * Returns where people log in.
     *
     * @return a hostname, or null if the file names none
     */
    public @Nullable String teamDomain() {
        return teamDomain;
    }

    /**
     * Returns the names of the tunnels that the file declares, e.g. to show their tokens.
     *
     * @return in the file's order
     */
    public List<String> tunnelNames() {
        return declared.tunnels().stream().map(DeclaredTunnel::name).toList();
    }

    private List<DeclaredTunnel> tunnels() {
        List<DeclaredTunnel> tunnels = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (YamlSection section : root.sections("tunnels")) {
            if (!names.add(section.text("name"))) {
                throw section.wrong("name", "a name that is not there twice");
            }
            String configuration = null;
            if (section.has("config")) {
                TunnelRules.checkKeys(section.foreignSection("config"));
                configuration = section.section("config").json().toString();
                Ingress none = Ingress.builder().otherwise(Origin.status(503)).build();
                String error =
                        new RemoteConfiguration(none).apply(0, configuration).error();
                if (error != null) {
                    throw section.wrong("config", error);
                }
            }
            tunnels.add(new DeclaredTunnel(section.text("name"), configuration));
            section.refuseOthers();
        }
        return tunnels;
    }

    private List<DeclaredRoute> routes() {
        List<DeclaredRoute> routes = new ArrayList<>();
        Set<String> hostnames = new HashSet<>();
        for (YamlSection section : root.sections("routes")) {
            Map<String, Integer> weights = new LinkedHashMap<>();
            boolean isOne = section.has("tunnel");
            for (YamlSection target : section.sections("tunnels")) {
                int weight = target.number("weight", 1, 0, Target.MAX_WEIGHT);
                if (weights.put(target.text("name"), weight) != null) {
                    throw target.wrong("name", "a tunnel that is not there twice");
                }
                target.refuseOthers();
            }
            if (isOne && section.has("tunnels")) {
                throw section.wrong("tunnels", "tunnel or tunnels, not both");
            }
            if (weights.isEmpty()) {
                weights.put(section.text("tunnel"), 1);
            }
            String hostname = hostname(section, "hostname");
            if (!hostnames.add(hostname)) {
                throw section.wrong("hostname", "a hostname that is not there twice");
            }
            routes.add(new DeclaredRoute(hostname, weights));
            section.refuseOthers();
        }
        return routes;
    }

    private static String oneHostname(YamlSection section, String key) {
        String name = hostname(section, key);
        if (name.startsWith("*")) {
            throw section.wrong(key, "one hostname, e.g. app.example.com");
        }
        return name;
    }

    private static String hostname(YamlSection section, String key) {
        String name = Hostname.normalised(section.text(key));
        if (name == null) {
            throw section.wrong(key, "a hostname, e.g. app.example.com or *.example.com");
        }
        return name;
    }

    /** The keys that this class looks for, of which the documentation shows all. */
    Set<String> keys() {
        return root.askedKeys();
    }

    @Override
    public String toString() {
        return "EdgeConfiguration[" + declared.tunnels().size() + " tunnels, "
                + declared.routes().size() + " routes]";
    }
}
