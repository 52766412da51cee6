package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.examples.browser.ScriptedSignOn;
import io.tunnel4j.examples.demo.HttpsProbe;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.ScriptedBrowser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.h2.tools.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Each example runs against an edge of our own and gives a real answer. Those that need foreign programs: {@link ExamplesIT}. */
@ExtendWith(LeakCheck.class)
@Timeout(180)
class ExamplesTest extends WithExampleEdge {
    private static final String HOST = "app.localhost";

    @Test
    void handler_page() throws Exception {
        try (RunningExample example = new RunningExample("handler", edge.token(HOST), edge.connectors(), edge.root)) {
            example.awaitPrinted("Serving. Next: ");

            assertThat(edge.probe.get(HOST, "/")).startsWith("HTTP/1.1 200").contains("Hello from inside the JVM");
        }
    }

    @Test
    void servlet_page() throws Exception {
        try (RunningExample example = new RunningExample("servlet", edge.token(HOST), edge.connectors(), edge.root)) {
            example.awaitPrinted("Serving. Next: ");

            assertThat(edge.probe.get(HOST, "/some/page"))
                    .startsWith("HTTP/1.1 200")
                    .contains("Hello from a servlet at /some/page");
        }
    }

    @Test
    void tcp_bytes() throws Exception {
        try (ExampleEdge.Greeter greeter = new ExampleEdge.Greeter();
                RunningExample example =
                        new RunningExample("tcp", edge.token(HOST), greeter.port(), edge.connectors(), edge.root)) {
            example.awaitPrinted("Serving. Next, elsewhere: tunnel access tcp");

            assertThat(tcp(HOST)).isEqualTo(ExampleEdge.Greeter.LINE);
        }
    }

    @Test
    void origins_eachKindAnswers() throws Exception {
        HttpServer wiki = ExampleEdge.page("the wiki");
        try (ExampleEdge.Greeter greeter = new ExampleEdge.Greeter();
                RunningExample example = new RunningExample(
                        "origins",
                        edge.token("wiki.localhost", "ssh.localhost", "other.localhost"),
                        "localhost",
                        "http://127.0.0.1:" + wiki.getAddress().getPort(),
                        greeter.port(),
                        edge.connectors(),
                        edge.root)) {
            example.awaitPrinted("Next: https://wiki.localhost");

            assertThat(edge.probe.get("wiki.localhost", "/health")).startsWith("HTTP/1.1 204");
            assertThat(edge.probe.get("wiki.localhost", "/"))
                    .startsWith("HTTP/1.1 200")
                    .endsWith("the wiki");
            assertThat(edge.probe.get("other.localhost", "/")).startsWith("HTTP/1.1 404");
            assertThat(tcp("ssh.localhost")).isEqualTo(ExampleEdge.Greeter.LINE);
        } finally {
            wiki.stop(0);
        }
    }

    @Test
    void privateca_checkedAndServed() throws Exception {
        X509Bundle authority = new CertificateBuilder()
                .subject("CN=Company authority")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=wiki")
                .addSanDnsName("wiki.internal")
                .buildIssuedBy(authority);
        Path pem = directory.resolve("company.pem");
        Files.writeString(
                pem,
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(authority.getCertificate().getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        HttpsServer wiki = tlsPage("the secret wiki", certificate);
        String service = "https://127.0.0.1:" + wiki.getAddress().getPort();
        String token = edge.token(HOST);
        try {
            try (RunningExample example = new RunningExample(
                    "privateca", token, service, pem, "wiki.internal", edge.connectors(), edge.root)) {
                example.awaitPrinted("Serving. Next: ");
                assertThat(edge.probe.get(HOST, "/")).startsWith("HTTP/1.1 200").endsWith("the secret wiki");
            }
            try (RunningExample example = new RunningExample(
                    "privateca", token, service, pem, "another.internal", edge.connectors(), edge.root)) {
                example.awaitPrinted("Serving. Next: ");
                assertThat(edge.probe.get(HOST, "/")).startsWith("HTTP/1.1 502");
            }
        } finally {
            wiki.stop(0);
        }
    }

    @Test
    void forwarder_rowThroughPool() throws Exception {
        Server database = Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-tcpDaemon")
                .start();
        try (TunnelConnector connector = edge.serve("db.localhost", Origin.tcp("127.0.0.1", database.getPort()));
                RunningExample example = new RunningExample(
                        "forwarder",
                        "db.localhost:" + edge.port,
                        "jdbc:h2:tcp://localhost:PORT/mem:example",
                        "select 'row ' || (40 + 2)",
                        edge.root)) {
            example.awaitPrinted("(?s)row 42.*Next: ");

            assertThat(example.awaitEnd()).isZero();
            assertThat(connector.isReady()).isTrue();
        } finally {
            database.stop();
        }
    }

    @Test
    void desktop_personLogsIn_programKnowsWho() throws Exception {
        edge.edge
                .access()
                .login(IdentityProvider.localUsers("Password").build())
                .toCompletableFuture()
                .join();
        edge.edge
                .access()
                .addUser("ann@example.com", "correct horse", List.of())
                .toCompletableFuture()
                .join();
        edge.edge
                .access()
                .protect(Application.builder(HOST)
                        .policy(Policy.allow("staff").include(Rule.emailDomain("example.com")))
                        .build())
                .toCompletableFuture()
                .join();
        try (TunnelConnector connector = edge.serve(HOST, Origin.helloWorld());
                RunningExample example =
                        new RunningExample("desktop", "https://" + HOST + ":" + edge.port, edge.team(), edge.root)) {
            String address = example.awaitPrinted("(https://\\S+)");

            new ScriptedBrowser(edge.authority.certificate()).open(address).logIn("ann@example.com", "correct horse");

            example.awaitPrinted("(?s)Hello ann@example.com, until 20.*Next: ");
            assertThat(example.awaitEnd()).isZero();
            assertThat(connector.isReady()).isTrue();
        }
    }

    @Test
    void oidc_personOfTheCompanySeesThePage() throws Exception {
        int port = ExampleEdge.freePort();
        Path data = directory.resolve("own");
        try (ScriptedSignOn provider = new ScriptedSignOn("edge", "ann@example.com");
                RunningExample example = new RunningExample(
                        "oidc", provider.issuer(), "edge", "client-secret", "example.com", data, port)) {
            example.awaitPrinted("Next: trust ");
            ScriptedBrowser browser = new ScriptedBrowser(
                    io.tunnel4j.edge.DevelopmentAuthority.in(data).certificate());

            browser.open("https://app.localhost:" + port + "/");
            if (browser.text().contains("Company sign-on")) {
                browser.click("Company sign-on");
            }

            assertThat(browser.status()).as(browser.text()).isEqualTo(200);
            assertThat(browser.url()).hasToString("https://app.localhost:" + port + "/");
        }
    }

    @Test
    void quick_namePrintedAnswers() throws Exception {
        HttpServer page = ExampleEdge.page("quick page");
        try (RunningExample example = new RunningExample(
                "quick",
                "http://127.0.0.1:" + page.getAddress().getPort(),
                "http://localhost:" + edge.edge.adminAddress().getPort(),
                edge.connectors(),
                edge.root)) {
            String host = example.awaitPrinted("Next: open https://(\\S+)");

            assertThat(edge.probe.get(host, "/")).startsWith("HTTP/1.1 200").endsWith("quick page");
        } finally {
            page.stop(0);
        }
    }

    @Test
    void rolling_underLoad_noRequestIsLost() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Queue<String> answers = new ConcurrentLinkedQueue<>();
        List<Thread> clients = new ArrayList<>();
        try (RunningExample example =
                new RunningExample("rolling", edge.token(HOST), 3, edge.connectors(), edge.root)) {
            example.awaitPrinted("Version 0 serves");
            for (int i = 0; i < 3; i++) {
                clients.add(new Thread(() -> askUntil(stop, edge.probe, answers)));
            }
            clients.forEach(Thread::start);
            example.awaitPrinted("All versions have had their turn");
            stop.set(true);
            for (Thread client : clients) {
                client.join();
            }

            assertThat(answers).isNotEmpty().allMatch(answer -> answer.startsWith("HTTP/1.1 200"));
            assertThat(edge.probe.get(HOST, "/")).endsWith("version 3");
        } finally {
            stop.set(true);
        }
    }

    private static void askUntil(AtomicBoolean stop, HttpsProbe probe, Queue<String> answers) {
        while (!stop.get()) {
            try {
                answers.add(probe.get(HOST, "/"));
            } catch (IOException e) {
                answers.add(e.toString());
            }
        }
    }

    private String tcp(String host) throws IOException {
        try (AccessConnector access = AccessConnector.builder()
                        .caPool(edge.authority.certificate())
                        .build();
                Socket socket = access.connect(AccessTarget.of(host + ":" + edge.port))) {
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }

    private static HttpsServer tlsPage(String text, X509Bundle certificate) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry("wiki", certificate.getKeyPair().getPrivate(), new char[0], certificate.getCertificatePath());
        KeyManagerFactory manager = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        manager.init(keys, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(manager.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, text.length());
            exchange.getResponseBody().write(text.getBytes(UTF_8));
            exchange.close();
        });
        server.start();
        return server;
    }
}
