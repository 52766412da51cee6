package io.tunnel4j.examples.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tunnel4j.ConnectorDetails;
import io.tunnel4j.RouteChange;
import io.tunnel4j.TunnelAdmin;
import io.tunnel4j.TunnelConnection;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.TunnelFilter;
import io.tunnel4j.TunnelInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The words that create, show and delete tunnels. Results go to standard output, what is said to a person to standard error. */
final class TunnelAdminCommands {
    /** What the reference writes for a time that there is none of. */
    private static final String NEVER = "0001-01-01T00:00:00Z";

    private TunnelAdminCommands() {}

    static void addTo(Map<String, Function<Terminal, Object>> words) {
        words.put("create", Create::new);
        words.put("list", ListTunnels::new);
        words.put("info", Info::new);
        words.put("token", Token::new);
        words.put("cleanup", CleanUp::new);
        words.put("delete", Delete::new);
        words.put("route", TunnelAdminCommands::route);
    }

    private static CommandLine route(Terminal terminal) {
        return new CommandLine(new Route()).addSubcommand(new RouteDns(terminal));
    }

    private static <T> T done(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    /** Connections as the list shows them: how many at which site. */
    private static String summary(List<TunnelConnection> connections, boolean recentlyDisconnected) {
        Map<String, Integer> sites = new TreeMap<>();
        connections.stream()
                .filter(connection -> recentlyDisconnected || !connection.isPendingReconnect())
                .forEach(connection -> sites.merge(connection.location(), 1, Integer::sum));
        StringBuilder text = new StringBuilder();
        sites.forEach((site, count) -> text.append(text.isEmpty() ? "" : ", ")
                .append(count)
                .append('x')
                .append(site));
        return text.toString();
    }

    /** A time to the second; empty without one. */
    private static String seconds(@Nullable Instant time) {
        return time == null ? "" : time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static JsonObject json(TunnelInfo tunnel) {
        JsonObject json = new JsonObject();
        json.addProperty("id", tunnel.id().toString());
        json.addProperty("name", tunnel.name());
        json.addProperty("created_at", String.valueOf(tunnel.createdAt()));
        json.addProperty(
                "deleted_at",
                tunnel.deletedAt() == null ? NEVER : tunnel.deletedAt().toString());
        JsonArray connections = new JsonArray();
        tunnel.connections().forEach(connection -> connections.add(json(connection)));
        json.add("connections", connections);
        return json;
    }

    private static JsonObject json(TunnelConnection connection) {
        JsonObject json = new JsonObject();
        json.addProperty("id", connection.id().toString());
        json.addProperty("colo_name", connection.location());
        json.addProperty("origin_ip", connection.originIp());
        json.addProperty("opened_at", String.valueOf(connection.openedAt()));
        json.addProperty("is_pending_reconnect", connection.isPendingReconnect());
        return json;
    }

    /** {@code tunnel create}. */
    @Command(name = "create", description = "create a tunnel and write its credentials file")
    private static final class Create extends AdminCommand {
        @Parameters(index = "0", paramLabel = "NAME", description = "a name that no other tunnel has")
        private String name = "";

        @Option(
                names = {"--credentials-file", "--cred-file"},
                paramLabel = "FILE",
                description = "where the credentials go (default ~/.cloudflared/UUID.json)")
        private @Nullable Path file;

        Create(Terminal terminal) {
            super(terminal);
        }

        @Override
        void run(TunnelAdmin admin) throws IOException {
            TunnelCredentials credentials = done(admin.create(name));
            Path target =
                    file != null ? file : terminal.configurationDirectory().resolve(credentials.tunnelId() + ".json");
            CredentialFiles.write(target, credentials);
            String written = "Tunnel credentials written to " + target
                    + ". Keep this file secret. To revoke these credentials, delete the tunnel.";
            if (isStructured()) {
                terminal.say("%s", written);
                JsonObject json = json(done(admin.tunnel(credentials.tunnelId())));
                json.addProperty("credentials_file", target.toString());
                print(json);
            } else {
                terminal.out().printf("%s%n%nCreated tunnel %s with id %s%n", written, name, credentials.tunnelId());
            }
        }
    }

    /** {@code tunnel list}. */
    @Command(name = "list", description = "list tunnels")
    private static final class ListTunnels extends AdminCommand {
        @Option(
                names = {"--show-deleted", "-d"},
                description = "deleted ones as well")
        private boolean showDeleted;

        @Option(
                names = {"--name", "-n"},
                paramLabel = "NAME",
                description = "only the one of this name")
        private @Nullable String name;

        @Option(
                names = {"--name-prefix", "--np"},
                paramLabel = "TEXT",
                description = "only names that begin so")
        private @Nullable String prefix;

        @Option(
                names = {"--exclude-name-prefix", "--enp"},
                paramLabel = "TEXT",
                description = "no names that begin so")
        private @Nullable String excluded;

        @Option(
                names = {"--id", "-i"},
                paramLabel = "UUID",
                description = "only the one of this id")
        private @Nullable UUID id;

        @Option(
                names = {"--when", "-w"},
                paramLabel = "TIME",
                description = "those that were there at a time, e.g. 2026-01-31T12:00:00Z")
        private @Nullable Instant existedAt;

        @Option(
                names = "--sort-by",
                paramLabel = "FIELD",
                description = "name (default), id, createdAt, deletedAt or numConnections")
        private String sortBy = "name";

        @Option(names = "--invert-sort", description = "the other way round")
        private boolean invertSort;

        @Option(
                names = {"--show-recently-disconnected", "--rd"},
                description = "connections that are about to come back as well")
        private boolean recentlyDisconnected;

        ListTunnels(Terminal terminal) {
            super(terminal);
        }

        @Override
        void run(TunnelAdmin admin) {
            TunnelFilter.Builder filter = TunnelFilter.builder();
            if (showDeleted) {
                filter.includeDeleted();
            }
            if (name != null) {
                filter.name(name);
            }
            if (prefix != null) {
                filter.namePrefix(prefix);
            }
            if (excluded != null) {
                filter.excludePrefix(excluded);
            }
            if (id != null) {
                filter.id(id);
            }
            if (existedAt != null) {
                filter.existedAt(existedAt);
            }
            Comparator<TunnelInfo> order = order();
            List<TunnelInfo> tunnels = done(admin.list(filter.build())).stream()
                    .sorted(invertSort ? order.reversed() : order)
                    .toList();
            if (isStructured()) {
                print(tunnels.stream().map(TunnelAdminCommands::json).toList());
                return;
            }
            if (tunnels.isEmpty()) {
                terminal.out()
                        .println(
                                "No tunnels were found for the given filter flags. You can use 'tunnel create' to create a tunnel.");
                return;
            }
            terminal.out()
                    .println("You can obtain more detailed information for each tunnel with `tunnel info <name/uuid>`");
            terminal.out().printf("%-36s %-24s %-20s %s%n", "ID", "NAME", "CREATED", "CONNECTIONS");
            tunnels.forEach(tunnel -> terminal.out()
                    .printf(
                            "%-36s %-24s %-20s %s%n",
                            tunnel.id(),
                            tunnel.name(),
                            seconds(tunnel.createdAt()),
                            summary(tunnel.connections(), recentlyDisconnected)));
        }

        private Comparator<TunnelInfo> order() {
            return switch (sortBy) {
                case "name" -> Comparator.comparing(TunnelInfo::name);
                case "id" -> Comparator.comparing(tunnel -> tunnel.id().toString());
                case "createdAt" ->
                    Comparator.comparing(TunnelInfo::createdAt, Comparator.nullsFirst(Comparator.naturalOrder()));
                case "deletedAt" ->
                    Comparator.comparing(TunnelInfo::deletedAt, Comparator.nullsFirst(Comparator.naturalOrder()));
                case "numConnections" ->
                    Comparator.comparing(tunnel -> tunnel.connections().size());
                default ->
                    throw wrong(
                            "--sort-by: '" + sortBy + "' (expected: name, id, createdAt, deletedAt or numConnections)");
            };
        }
    }

    /** {@code tunnel info}. */
    @Command(name = "info", description = "show a tunnel's connectors")
    private static final class Info extends AdminCommand {
        @Parameters(index = "0", paramLabel = "TUNNEL", description = "name or UUID")
        private String name = "";

        @Option(
                names = {"--show-recently-disconnected", "--rd"},
                description = "connections that are about to come back as well")
        private boolean recentlyDisconnected;

        Info(Terminal terminal) {
            super(terminal);
        }

        @Override
        void run(TunnelAdmin admin) {
            TunnelInfo tunnel = tunnel(admin, name);
            List<ConnectorDetails> connectors = done(admin.connectors(tunnel.id()));
            if (isStructured()) {
                JsonObject json = new JsonObject();
                json.addProperty("id", tunnel.id().toString());
                json.addProperty("name", tunnel.name());
                json.addProperty("createdAt", String.valueOf(tunnel.createdAt()));
                JsonArray details = new JsonArray();
                connectors.forEach(connector -> details.add(json(connector)));
                json.add("conns", details);
                print(json);
                return;
            }
            terminal.out()
                    .printf(
                            "NAME:     %s%nID:       %s%nCREATED:  %s%n%n",
                            tunnel.name(), tunnel.id(), tunnel.createdAt());
            if (connectors.isEmpty()) {
                terminal.out().println("No connector is running.");
                return;
            }
            terminal.out()
                    .printf(
                            "%-36s %-20s %-14s %-12s %-16s %s%n",
                            "CONNECTOR ID", "CREATED", "ARCHITECTURE", "VERSION", "ORIGIN IP", "EDGE");
            connectors.forEach(connector -> terminal.out()
                    .printf(
                            "%-36s %-20s %-14s %-12s %-16s %s%n",
                            connector.id(),
                            seconds(connector.runAt()),
                            connector.arch(),
                            connector.version(),
                            connector.connections().stream()
                                    .map(TunnelConnection::originIp)
                                    .findFirst()
                                    .orElse(""),
                            summary(connector.connections(), recentlyDisconnected)));
        }

        private static JsonObject json(ConnectorDetails connector) {
            JsonObject json = new JsonObject();
            json.addProperty("id", connector.id().toString());
            JsonArray features = new JsonArray();
            connector.features().forEach(features::add);
            json.add("features", features);
            json.addProperty("version", connector.version());
            json.addProperty("arch", connector.arch());
            json.addProperty("run_at", String.valueOf(connector.runAt()));
            JsonArray connections = new JsonArray();
            connector.connections().forEach(connection -> connections.add(TunnelAdminCommands.json(connection)));
            json.add("conns", connections);
            return json;
        }
    }

    /** {@code tunnel token}. */
    @Command(name = "token", description = "print a tunnel's token")
    private static final class Token extends AdminCommand {
        @Parameters(index = "0", paramLabel = "TUNNEL", description = "name or UUID")
        private String name = "";

        @Option(
                names = {"--credentials-file", "--cred-file"},
                paramLabel = "FILE",
                description = "writes a credentials file instead of printing")
        private @Nullable Path file;

        Token(Terminal terminal) {
            super(terminal);
        }

        @Override
        void run(TunnelAdmin admin) throws IOException {
            TunnelCredentials credentials =
                    done(admin.credentials(tunnel(admin, name).id()));
            if (file != null) {
                CredentialFiles.write(file, credentials);
                terminal.say("Tunnel credentials written to %s. Keep this file secret.", file);
            } else if (isStructured()) {
                JsonObject json = new JsonObject();
                json.addProperty("token", credentials.toToken());
                print(json);
            } else {
                terminal.out().println(credentials.toToken());
            }
        }
    }

    /** {@code tunnel cleanup}. */
    @Command(name = "cleanup", description = "end the connections of a tunnel's connectors")
    private static final class CleanUp extends AdminCommand {
        @Parameters(arity = "1..*", paramLabel = "TUNNEL", description = "names or UUIDs")
        private List<String> names = List.of();

        @Option(
                names = {"--connector-id", "-c"},
                paramLabel = "UUID",
                description = "only those of this connector")
        private @Nullable UUID connector;

        CleanUp(Terminal terminal) {
            super(terminal);
        }

        @Override
        void run(TunnelAdmin admin) {
            JsonArray cleaned = new JsonArray();
            for (String name : names) {
                UUID id = tunnel(admin, name).id();
                done(admin.cleanUp(id, connector));
                cleaned.add(id.toString());
                terminal.say("Ended the connections of tunnel %s", id);
            }
            if (isStructured()) {
                print(cleaned);
            }
        }
    }

    /** {@code tunnel delete}. */
    @Command(name = "delete", description = "delete tunnels")
    private static final class Delete extends AdminCommand {
        @Parameters(arity = "1..*", paramLabel = "TUNNEL", description = "names or UUIDs")
        private List<String> names = List.of();

        @Option(
                names = {"--force", "-f"},
                description = "even while connectors run, and with everything that points to it")
        private boolean force;

        @Option(
                names = {"--credentials-file", "--cred-file"},
                paramLabel = "FILE",
                description = "the credentials file to delete (default ~/.cloudflared/UUID.json)")
        private @Nullable Path file;

        Delete(Terminal terminal) {
            super(terminal);
        }

        @Override
        void run(TunnelAdmin admin) throws IOException {
            JsonArray deleted = new JsonArray();
            for (String name : names) {
                UUID id = tunnel(admin, name).id();
                done(force ? admin.deleteCascading(id) : admin.delete(id));
                Files.deleteIfExists(
                        file != null ? file : terminal.configurationDirectory().resolve(id + ".json"));
                deleted.add(id.toString());
                terminal.say("Deleted tunnel %s", id);
            }
            if (isStructured()) {
                print(deleted);
            }
        }
    }

    /** {@code tunnel route}. */
    @Command(name = "route", description = "decide what reaches a tunnel", synopsisSubcommandLabel = "COMMAND")
    private static final class Route implements Runnable {
        @Spec
        private CommandSpec spec;

        @Override
        public void run() {
            throw new CommandLine.ParameterException(spec.commandLine(), "route: expected the command 'dns'");
        }
    }

    /** {@code tunnel route dns}. */
    @Command(name = "dns", description = "send a hostname to a tunnel")
    private static final class RouteDns extends AdminCommand {
        @Parameters(index = "0", paramLabel = "TUNNEL", description = "name or UUID")
        private String name = "";

        @Parameters(index = "1", paramLabel = "HOSTNAME", description = "the public name")
        private String hostname = "";

        @Option(
                names = {"--overwrite-dns", "-f"},
                description = "replaces an existing record")
        private boolean overwrite;

        RouteDns(Terminal terminal) {
            super(terminal);
        }

        @Override
        void run(TunnelAdmin admin) {
            UUID id = tunnel(admin, name).id();
            RouteChange change = done(overwrite ? admin.overwriteDns(id, hostname) : admin.routeDns(id, hostname));
            // The API's own words.
            String word = change == RouteChange.CREATED ? "new" : change.name().toLowerCase(Locale.ROOT);
            if (isStructured()) {
                JsonObject json = new JsonObject();
                json.addProperty("name", hostname);
                json.addProperty("cname", word);
                print(json);
            } else {
                terminal.say("%s: %s, leads to tunnel %s", hostname, word, id);
            }
        }
    }
}
