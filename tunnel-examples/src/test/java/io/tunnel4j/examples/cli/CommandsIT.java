package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.testing.ScriptedBrowser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every command against our edge, as scripts and people use it; those that end at once run in this process. */
@Timeout(300)
class CommandsIT {
    @TempDir
    private Path directory;

    private PublicEdge edge;
    private Shell shell;
    private HttpServer origin;

    @BeforeEach
    void start() throws Exception {
        edge = new PublicEdge(Files.createDirectory(directory.resolve("edge")));
        shell = new Shell(directory, edge.hosts)
                .with("TUNNEL_ACCESS_CACERT", edge.root.toString())
                .with("TUNNEL_ACCESS_AUTH_DOMAIN", "team.example.net:" + port())
                .with("TUNNEL_ACCESS_TRANSFER_STORE", "https://team.example.net:" + port())
                .with("TUNNEL_API_URL", edge.api())
                .with("TUNNEL_EDGE", edge.connectors())
                .with("TUNNEL_CACERT", edge.root.toString())
                .with("TUNNEL_METRICS", "localhost:0");
        origin = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        origin.createContext("/", exchange -> {
            byte[] body = "from the origin".getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        origin.start();
    }

    @AfterEach
    void stop() {
        shell.close();
        edge.close();
        origin.stop(0);
    }

    private int port() {
        return edge.edge.httpsAddress().getPort();
    }

    private String originUrl() {
        return "http://localhost:" + origin.getAddress().getPort();
    }

    /** A command in this process, with the shell's home. */
    private Shell.Result here(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                Map.of("TUNNEL_API_URL", edge.api()),
                shell.home,
                false);
        int code = Main.run(terminal, words);
        return new Shell.Result(String.join(" ", words), code, out.toString(UTF_8), err.toString(UTF_8));
    }

    private static JsonElement json(Shell.Result result) {
        return JsonParser.parseString(result.ok().out());
    }

    /** The browser's way: sign in, choose the zone, authorise. */
    private void logIn() throws Exception {
        Path out = shell.home.resolve("login.out");
        Path err = shell.home.resolve("login.err");
        Process login = shell.start(
                "tunnel login --loginURL " + edge.operators() + "/argotunnel --callbackURL " + edge.operators(),
                out,
                err);
        ScriptedBrowser browser = edge.browser().open(shell.openedPage()).submit("token", PublicEdge.ADMIN_TOKEN);
        assertThat(browser.text()).contains("Authorise the command line");
        browser.submit();
        assertThat(login.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(login.exitValue()).describedAs(Files.readString(err)).isZero();
        assertThat(Files.readString(err)).contains("/argotunnel?aud=&callback=", "You are logged in");
    }

    @Test
    void login_throughThePage_storesCertPemForItsOwnerOnly_andRefusesToReplaceIt() throws Exception {
        logIn();

        Path certificate = shell.home.resolve(".cloudflared/cert.pem");
        assertThat(certificate).content().startsWith("-----BEGIN ARGO TUNNEL TOKEN-----");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(certificate)))
                .isEqualTo("rw-------");
        Shell.Result again = here("tunnel", "login");
        assertThat(again.code()).isZero();
        assertThat(again.err()).contains("You have an existing certificate at " + certificate);
    }

    @Test
    void createListInfoTokenRouteCleanupDelete_haveTheReferencesShapes() throws Exception {
        logIn();

        JsonObject created =
                json(here("tunnel", "create", "--output", "json", "shop")).getAsJsonObject();
        UUID id = UUID.fromString(created.get("id").getAsString());
        assertThat(created.keySet()).contains("id", "name", "created_at", "deleted_at", "connections");
        Path credentials = shell.home.resolve(".cloudflared").resolve(id + ".json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(credentials)))
                .isEqualTo("r--------");
        assertThat(JsonParser.parseString(Files.readString(credentials))
                        .getAsJsonObject()
                        .keySet())
                .contains("AccountTag", "TunnelSecret", "TunnelID");
        assertThat(here("create", "blog").ok().out())
                .matches("Tunnel credentials written to /[^\n]+[.]json[.] Keep this file secret[.][^\n]+\n\n"
                        + "Created tunnel blog with id [0-9a-f-]{36}\n");
        Shell.Result twice = here("tunnel", "create", "shop");
        assertThat(twice.code()).isEqualTo(1);
        assertThat(twice.err()).contains("shop");

        JsonArray list = json(here("tunnel", "list", "-o", "json")).getAsJsonArray();
        assertThat(list).hasSize(2);
        assertThat(list.get(0).getAsJsonObject().keySet())
                .containsExactlyInAnyOrder("id", "name", "created_at", "deleted_at", "connections");
        assertThat(list.get(0).getAsJsonObject().get("deleted_at").getAsString())
                .isEqualTo("0001-01-01T00:00:00Z");
        assertThat(here("list", "--name", "shop").ok().out())
                .matches("You can obtain more detailed information [^\n]+\nID +NAME +CREATED +CONNECTIONS\n" + id
                        + " shop +[0-9-]{10}T[0-9:]{8}Z *\n");
        assertThat(here("list", "-o", "yaml", "--sort-by", "name", "--invert-sort")
                        .ok()
                        .out())
                .matches("(?s)- id: " + id + "\n  name: shop\n  createdat: \\S+\n  deletedat: 0001-01-01T00:00:00Z\n"
                        + "  connections: \\[]\n- id: .*name: blog\n.*");
        Shell.Result unknown = here("info", "nope");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("'nope' is neither the ID nor the name of any of your tunnels");

        assertThat(here("tunnel", "token", "shop").ok().out().strip()).matches("[A-Za-z0-9+/]+=*");
        assertThat(json(here("tunnel", "token", "-o", "json", "shop"))
                        .getAsJsonObject()
                        .keySet())
                .containsExactly("token");
        Path copy = shell.home.resolve("copy.json");
        here("tunnel", "token", "--cred-file", copy.toString(), "shop").ok();
        assertThat(copy).hasSameTextualContentAs(credentials);

        assertThat(here("tunnel", "route", "dns", "shop", "shop.example.net")
                        .ok()
                        .err())
                .contains("shop.example.net", "new");
        Shell.Result taken = here("tunnel", "route", "dns", "blog", "shop.example.net");
        assertThat(taken.code()).isEqualTo(1);
        JsonObject moved = json(here("tunnel", "route", "dns", "-f", "-o", "json", "blog", "shop.example.net"))
                .getAsJsonObject();
        assertThat(moved.get("cname").getAsString()).isEqualTo("updated");

        shell.startUntil(
                "tunnel tunnel run --url " + originUrl() + " shop",
                log -> log.contains("Registered tunnel connection"));
        JsonObject info = json(here("tunnel", "info", "-o", "json", "shop")).getAsJsonObject();
        assertThat(info.keySet()).containsExactlyInAnyOrder("id", "name", "createdAt", "conns");
        JsonObject connector = info.getAsJsonArray("conns").get(0).getAsJsonObject();
        assertThat(connector.keySet())
                .containsExactlyInAnyOrder("id", "features", "version", "arch", "run_at", "conns");
        assertThat(connector.getAsJsonArray("conns").get(0).getAsJsonObject().keySet())
                .containsExactlyInAnyOrder("id", "colo_name", "origin_ip", "opened_at", "is_pending_reconnect");
        assertThat(here("info", "shop").ok().out()).contains("NAME:     shop", "CONNECTOR ID");
        Shell.Result busy = here("tunnel", "delete", "shop");
        assertThat(busy.code()).describedAs("deleting a tunnel that runs").isEqualTo(1);

        assertThat(json(here("tunnel", "cleanup", "-o", "json", "shop")).getAsJsonArray())
                .hasSize(1);
        here("tunnel", "delete", "-f", "shop", "blog").ok();
        assertThat(credentials).doesNotExist();
        Shell.Result none = here("tunnel", "list").ok();
        assertThat(none.out()).startsWith("No tunnels were found").contains("tunnel create");
    }

    @Test
    void flagsBeforeTheWord_areItsOwn() throws Exception {
        logIn();
        Path elsewhere =
                Files.createDirectories(shell.home.resolve("elsewhere")).resolve("cert.pem");
        Files.move(shell.home.resolve(".cloudflared/cert.pem"), elsewhere);
        String before = "unset TUNNEL_API_URL; tunnel tunnel --no-autoupdate --origincert " + elsewhere + " --api-url ";

        shell.run(before + edge.api() + " create shop").ok();
        shell.run(before + edge.api() + " route dns shop shop.example.net").ok();
        Shell.Result nowhere = shell.run(before + "http://localhost:1/client/v4 list");

        assertThat(nowhere.code()).isEqualTo(1);
        assertThat(nowhere.err()).isEqualTo("localhost:1: nothing accepts connections there\n");
    }

    @Test
    void run_byTokenFile_servesUntilTheSignal_readyKnows() throws Exception {
        logIn();
        here("create", "web").ok();
        here("route", "dns", "web", "open.example.net").ok();
        Path token = Files.writeString(
                shell.home.resolve("token"), here("token", "web").ok().out());
        Path out = shell.home.resolve("run.out");
        Path err = shell.home.resolve("run.err");
        Path pid = shell.home.resolve("pid");

        Process run = shell.start(
                "exec tunnel tunnel run --token-file " + token + " --url " + originUrl() + " --pidfile " + pid,
                out,
                err);
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(pid) && Files.size(pid) > 0);
        String metrics = Files.readString(err).replaceAll("(?s).*Starting metrics server on ([^/]*)/metrics.*", "$1");
        Shell.Result ready = here("tunnel", "ready", "--metrics", metrics);
        String page =
                edge.browser().open("https://open.example.net:" + port() + "/").text();
        here("diag", "--token-file", token.toString(), "--edge", edge.connectors(), "--cacert", edge.root.toString())
                .ok();
        run.destroy();

        assertThat(run.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).isZero();
        assertThat(ready.code()).isZero();
        assertThat(page).contains("from the origin");
        assertThat(out).isEmptyFile();
        assertThat(Files.readString(err)).contains("Initiating graceful shutdown", "Tunnel connector stopped");
        Shell.Result gone = here("tunnel", "ready", "--metrics", metrics);
        assertThat(gone.code()).isEqualTo(1);
        assertThat(gone.err()).contains("not ready");
    }

    @Test
    void run_outputJson_everyLineIsAnObject() throws Exception {
        logIn();
        here("create", "web").ok();

        Path log = shell.startUntil(
                "tunnel tunnel --output json run --url " + originUrl() + " web",
                output -> output.contains("Registered tunnel connection"));

        for (String line : Files.readAllLines(log)) {
            assertThat(JsonParser.parseString(line).getAsJsonObject().keySet())
                    .as(line)
                    .containsExactly("level", "time", "message");
        }
    }

    @Test
    void oneLiner_createsRoutesAndRuns() throws Exception {
        logIn();

        Path log = shell.startUntil(
                "tunnel --hostname shop.example.net --name shop --url " + originUrl(),
                output -> output.contains("Registered tunnel connection"));

        assertThat(Files.readString(log)).contains("Created tunnel shop", "https://shop.example.net");
        assertThat(edge.browser()
                        .open("https://shop.example.net:" + port() + "/")
                        .text())
                .contains("from the origin");
    }

    @Test
    void quickTunnel_getsANameAndServes() throws Exception {
        Path log = shell.startUntil(
                "tunnel tunnel --url " + originUrl() + " --quick-service " + edge.operators(),
                output -> output.contains("Registered tunnel connection"));

        String host = Files.readString(log).replaceAll("(?s).*https://(\\S+\\.try\\.example.net).*", "$1");
        assertThat(edge.browser().open("https://" + host + ":" + port() + "/").text())
                .contains("from the origin");
    }

    @Test
    void access_loginTokenCurlTcp_useOneLogin() throws Exception {
        edge.edge
                .access()
                .protect(Application.builder(PublicEdge.WEB)
                        .policy(Policy.allow("staff").include(Rule.emailDomain("example.com")))
                        .build())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        edge.edge.routes().add(PublicEdge.WEB, edge.edge.tunnels().create("web"));
        Path token = Files.writeString(
                shell.home.resolve("token"),
                edge.edge.tunnels().credentials("web").toToken());
        shell.startUntil(
                "tunnel run --token-file " + token + " --url " + originUrl(), log -> log.contains("Registered"));
        String application = "https://" + PublicEdge.WEB + ":" + port() + "/";

        Shell.Result before = shell.run("tunnel access token " + application);
        assertThat(before.code()).isEqualTo(1);
        assertThat(before.err()).contains("Unable to find token for provided application. Please run login command");

        Path out = shell.home.resolve("login.out");
        Path err = shell.home.resolve("login.err");
        Process login = shell.start("tunnel access login " + application, out, err);
        edge.browser().open(shell.openedPage()).logIn(PublicEdge.USER, PublicEdge.PASSWORD);
        assertThat(login.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(err)).contains("A browser window should have opened at the following URL:");
        assertThat(Files.readString(out)).matches("Successfully fetched your token:\n\n[^\n]+\n\n");

        String stored =
                shell.run("tunnel access token --app " + application).ok().out();
        assertThat(stored.split("\\.")).hasSize(3);
        assertThat(shell.run("tunnel access login --no-verbose " + application)
                        .ok()
                        .out())
                .isEqualTo(stored);
        Shell.Result curl = shell.run("tunnel access curl " + application + " -s --cacert " + edge.root + " --resolve "
                + PublicEdge.WEB + ":" + port() + ":127.0.0.1");
        assertThat(curl.ok().out()).isEqualTo("from the origin");
        String flags = " --cacert " + edge.root + " --auth-domain team.example.net:" + port()
                + " --transfer-store https://team.example.net:" + port() + " --no-browser ";
        String withoutVariables = "unset TUNNEL_ACCESS_CACERT TUNNEL_ACCESS_AUTH_DOMAIN TUNNEL_ACCESS_TRANSFER_STORE; ";
        Shell.Result byFlags = shell.run(withoutVariables + "tunnel access curl" + flags + application
                + " -s --resolve " + PublicEdge.WEB + ":" + port() + ":127.0.0.1");
        assertThat(byFlags.ok().out()).describedAs("curl trusts the same roots").isEqualTo("from the origin");
        assertThat(shell.run(withoutVariables + "tunnel access token" + flags + application)
                        .ok()
                        .out())
                .isEqualTo(stored);
        Shell.Result wrong = shell.run("tunnel access curl " + application + " --no-such-option");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err()).contains("exit status 2");
        assertThat(shell.opened()).doesNotExist();
    }

    /** Makes the origin's bytes the application of a host. */
    private void serveOriginAs(String host) throws Exception {
        edge.edge.routes().add(host, edge.edge.tunnels().create("db"));
        Path token = Files.writeString(
                shell.home.resolve("token"),
                edge.edge.tunnels().credentials("db").toToken());
        shell.startUntil(
                "tunnel run --token-file " + token + " --url tcp://localhost:"
                        + origin.getAddress().getPort(),
                log -> log.contains("Registered"));
    }

    @Test
    void access_tcpRdpSmb_listenAndForward() throws Exception {
        serveOriginAs("db.example.net");
        for (String word : new String[] {"tcp", "rdp", "smb"}) {
            Path log = shell.startUntil(
                    "tunnel access " + word + " --hostname db.example.net --connect-to "
                            + HostAndPort.text(edge.edge.httpsAddress()) + " --url localhost:0",
                    output -> output.contains("Start Websocket listener host="));
            String listener = Files.readString(log).replaceAll("(?s).*host=localhost:([0-9]+).*", "$1");

            assertThat(get(Integer.parseInt(listener))).contains("from the origin");
        }
    }

    @Test
    void access_socks_mapsNamesToApplications_andNothingElse() throws Exception {
        shell.need("curl");
        serveOriginAs("db.example.net");
        Path log = shell.startUntil(
                "tunnel access socks --hostname shop=db.example.net --domain example.net --connect-to "
                        + HostAndPort.text(edge.edge.httpsAddress()) + " --url localhost:0",
                output -> output.contains("Start SOCKS listener host="));
        String listener = Files.readString(log).replaceAll("(?s).*host=(localhost:[0-9]+).*", "$1");

        for (String name : new String[] {"shop", "SHOP:5432", "db.example.net"}) {
            Shell.Result page = shell.run("curl -sS --socks5-hostname " + listener + " http://" + name + "/");
            assertThat(page.ok().out()).describedAs(name).isEqualTo("from the origin");
        }
        Shell.Result elsewhere = shell.run(
                "curl -sS --socks5-hostname " + listener + " " + originUrl().replace("localhost", "127.0.0.1"));
        assertThat(elsewhere.code()).describedAs(elsewhere.err()).isEqualTo(97);
    }

    private static String get(int port) throws IOException {
        try (java.net.Socket socket = new java.net.Socket("localhost", port)) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }
}
