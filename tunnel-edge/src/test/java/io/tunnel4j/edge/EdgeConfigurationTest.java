package io.tunnel4j.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.api.StoredAccessState;
import io.tunnel4j.edge.gate.login.PasswordHash;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.store.AuditEntry;
import io.tunnel4j.edge.store.Contents;
import io.tunnel4j.edge.store.Document;
import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.edge.store.StoreException;
import io.tunnel4j.edge.store.StoreKey;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class EdgeConfigurationTest {
    private static final String LISTENERS = "listeners: {https: '127.0.0.1:0', connectors: '127.0.0.1:0'}\n";

    @TempDir
    Path directory;

    @Test
    void documentation_example_isReadWhole() throws IOException {
        String page = Files.readString(Path.of("../docs/edge.md"), UTF_8);
        Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page);
        assertThat(yaml.find()).isTrue();
        Files.writeString(directory.resolve("oidc.secret"), "secret\n");

        EdgeConfiguration configuration = EdgeConfiguration.parse(yaml.group(1), directory);

        assertThat(configuration.tunnelNames()).containsExactly("web", "intranet");
        assertThat(configuration.teamDomain()).isEqualTo("login.example.com");
        assertThat(configuration.gracePeriod()).hasSeconds(30);
    }

    /** With {@code documentation_example_isReadWhole}: the page names the keys that the reader takes, all of them and no others. */
    @Test
    void documentation_example_namesEveryKeyThatIsRead() throws IOException {
        String page = Files.readString(Path.of("../docs/edge.md"), UTF_8);
        Matcher yaml = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(page);
        assertThat(yaml.find()).isTrue();
        Files.writeString(directory.resolve("oidc.secret"), "secret\n");
        // What excludes what stands above it is shown as a comment.
        String whole = yaml.group(1).replaceAll("(?m)^(\\s*)# ([a-z-]+:)", "$1$2");
        Set<String> documented = new TreeSet<>();
        keys("", new Load(LoadSettings.builder().build()).loadFromString(whole), documented);

        Set<String> read =
                new TreeSet<>(EdgeConfiguration.parse(yaml.group(1), directory).keys());
        read.addAll(EdgeConfiguration.parse(
                        LISTENERS + "store: {postgresql: {url: 'jdbc:postgresql://h/d', user: u}, key-file: k}\n"
                                + "certificates: {connectors: [{chain: c, key: k}]}\n"
                                + "routes: [{hostname: a.test, tunnel: t}]\n",
                        directory)
                .keys());

        assertThat(read)
                .hasSizeGreaterThan(60)
                .allSatisfy(key -> assertThat(documented).contains(key));
    }

    private static void keys(String path, Object node, Set<String> into) {
        if (node instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                String name = path.isEmpty() ? key.toString() : path + "." + key;
                into.add(name);
                keys(name, value, into);
            });
        } else if (node instanceof List<?> list) {
            list.forEach(item -> keys(path, item, into));
        }
    }

    @Test
    void applyTo_twice_changesNothingTheSecondTime() {
        EdgeConfiguration configuration =
                EdgeConfiguration.parse(LISTENERS + """
                        tunnels:
                          - name: web
                          - name: intranet
                            config: {ingress: [{service: 'http_status:404'}]}
                        routes:
                          - {hostname: App.Example.com, tunnel: web}
                          - {hostname: '*.example.com', tunnels: [{name: web, weight: 3}, {name: intranet}]}
                        access:
                          team-domain: team.example.com
                          groups: [{name: admins, include: [{email: {email: a@example.com}}]}]
                          identity-providers: [{name: Password, type: local}]
                          users: [{email: Anna@example.com, password-hash: HASH, groups: [staff]}]
                          applications:
                            - name: Wiki
                              domain: wiki.example.com
                              policies: [{name: all, decision: allow, include: [{everyone: {}}]}]
                        """.replace("HASH", "'" + PasswordHash.NOBODY + "'"), directory);
        try (EdgeStore store = configuration.openStore();
                TunnelEdge edge = configuration.builder(store).build()) {
            edge.start().toCompletableFuture().join();
            configuration.applyTo(edge).toCompletableFuture().join();
            EdgeSnapshot first = edge.state().current();
            configuration.applyTo(edge).toCompletableFuture().join();

            EdgeSnapshot second = edge.state().current();
            assertThat(second.revision()).isEqualTo(first.revision());
            assertThat(second.route("app.example.com")).isPresent();
            assertThat(second.route("x.example.com").orElseThrow().targets()).hasSize(2);
            assertThat(second.configuration(second.tunnel("0".repeat(32), "intranet")
                            .orElseThrow()
                            .id()))
                    .isPresent();
            StoredAccessState access = new StoredAccessState(edge.state());
            assertThat(access.all(AccessKind.APPLICATION).values())
                    .singleElement()
                    .satisfies(app -> {
                        assertThat(app.audience()).hasSize(64);
                        assertThat(app.policies()).hasSize(1);
                    });
            assertThat(access.all(AccessKind.USER).get("anna@example.com").passwordHash())
                    .isEqualTo(PasswordHash.NOBODY);
        }
    }

    @Test
    void applyTo_changedPasswordHash_replacesIt() {
        String users = LISTENERS
                + "access:\n  team-domain: team.example.com\n  identity-providers: [{name: Password, type: local}]\n"
                + "  users: [{email: a@example.com, password-hash: '$argon2id$v=19$m=8,t=1,p=1$" + "A".repeat(22)
                + "$HASH'}]\n";
        EdgeConfiguration before = EdgeConfiguration.parse(users.replace("HASH", "A".repeat(43)), directory);
        EdgeConfiguration after = EdgeConfiguration.parse(users.replace("HASH", "B".repeat(43)), directory);
        try (EdgeStore store = EdgeStore.inMemory();
                TunnelEdge edge = before.builder(store).build()) {
            edge.start().toCompletableFuture().join();
            before.applyTo(edge).toCompletableFuture().join();
            after.applyTo(edge).toCompletableFuture().join();

            assertThat(new StoredAccessState(edge.state())
                            .all(AccessKind.USER)
                            .get("a@example.com")
                            .passwordHash())
                    .endsWith("$" + "B".repeat(43));
        }
    }

    @Test
    void builder_fileStoreAndAdmin_serveTheApi() throws Exception {
        Files.writeString(directory.resolve("store.key"), StoreKey.generate().toBase64());
        Files.writeString(directory.resolve("admin.token"), "0123456789abcdef\n");
        EdgeConfiguration configuration = EdgeConfiguration.fromFile(Files.writeString(
                directory.resolve("edge.yml"),
                "listeners: {connectors: '127.0.0.1:0', admin: '127.0.0.1:0'}\n"
                        + "certificates: {authority: authority}\n"
                        + "store: {file: edge, key-file: store.key}\n"
                        + "admin: {token-file: admin.token}\nzones: [example.com]\n"));
        try (EdgeStore store = configuration.openStore();
                TunnelEdge edge = configuration.builder(store).build()) {
            edge.start().toCompletableFuture().join();
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + edge.adminAddress().getPort() + "/client/v4/zones"))
                    .header("Authorization", "Bearer 0123456789abcdef")
                    .build();
            HttpClient client = HttpClient.newHttpClient();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())
                    .contains("example.com");
        }
        assertThat(directory.resolve("authority/ca.pem")).exists();
        assertThat(directory.resolve("edge.mv.db")).exists();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "zone: [a]                                | line 2 | zone | zones",
                "limit: {}                                | line 2 | limit | limits",
                "limits: {head-byte: 3}                   | line 2 | limits.head-byte | head-bytes",
                "limits: {fields: many}                   | line 2 | limits.fields | whole number",
                "limits: {idle-timeout: 5 minutes}        | line 2 | limits.idle-timeout | 1m30s",
                "routes: [{hostname: 'a b', tunnel: x}]   | line 2 | routes[0].hostname | hostname",
                "routes: {}                               | line 2 | routes | list",
                "tunnels: [{nam: x}]                      | line 2 | tunnels[0].name is missing | text",
                "tunnels: [{name: x, config: {ingress: [{service: nonsense}]}}] | line 2 | tunnels[0].config | service",
                "account: short                           | line 2 | account | hexadecimal",
                "store: {file: a}                         | line 2 | store.key-file is missing | file",
                "store: {file: a, key-file: b, postgresql: {}} | line 2 | store.postgresql | not both",
                "zones: *x                                | line 2 | alias | no aliases",
                "zones: [                                 | line | file | YAML",
                "location: 'a b'                          | line 2 | location | letters",
                "listeners: {}                            | line 2 | listeners | twice",
                "access: {groups: [{name: a, include: [{everyone: {}}]}]} | line 2 | access.team-domain is missing | log in",
                "access:\\n  team-domain: t.example.com\\n  users:\\n    - groups: [a]\\n      email: a@example.com | line 5 | access.users[0].password-hash is missing | text",
                "routes:\\n  - hostname: a.example.com | line 3 | routes[0].tunnel is missing | text",
                "store:\\n  postgresql:\\n    user: edge\\n  key-file: k | line 3 | store.postgresql.url is missing | text",
                "certificates:\\n  public:\\n    - key: k | line 4 | certificates.public[0].chain is missing | file",
                "access: {applications: [{name: a, domain: 'a.test', policies: [{name: p, decision: perhaps}]}]} | line 2 | access.applications[0] | perhaps",
            })
    void parse_mistake_namesLineKeyAndExpectedForm(String line, String where, String key, String expected) {
        assertThatThrownBy(() -> EdgeConfiguration.parse(LISTENERS + line.replace("\\n", "\n") + "\n", directory))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining(where)
                .hasMessageContaining(key)
                .hasMessageContaining(expected);
    }

    @Test
    void parse_noListener_namesTheSectionThatIsMissing() {
        assertThatThrownBy(() -> EdgeConfiguration.parse("location: FRA\n", directory))
                .hasMessageContaining("line 1: listeners.https is missing");
    }

    @Test
    void builder_wildcardRoutesWithoutCertificates_getOnesOfTheAuthority() throws Exception {
        EdgeConfiguration configuration = EdgeConfiguration.parse(
                LISTENERS
                        + "certificates: {authority: authority}\n"
                        + "tunnels: [{name: web}]\n"
                        + "routes: [{hostname: '*.example.localhost', tunnel: web}, {hostname: '*.localhost', tunnel: web}]\n",
                directory);
        try (EdgeStore store = configuration.openStore();
                TunnelEdge edge = configuration.builder(store).build()) {
            edge.start().toCompletableFuture().join();
            X509Certificate ca =
                    DevelopmentAuthority.in(directory.resolve("authority")).certificate();

            for (String host : List.of("a.example.localhost", "other.localhost", "a.b.example.localhost")) {
                // The handshake checks the name.
                try (SSLSocket socket = RawHttp.tlsSocket(edge.httpsAddress(), ca, host, "http/1.1")) {
                    X509Certificate shown =
                            (X509Certificate) socket.getSession().getPeerCertificates()[0];
                    assertThat(shown.getSubjectAlternativeNames().toString()).contains(host);
                }
            }
        }
    }

    @Test
    void start_zonesCannotBeStored_failsAndSaysSo() {
        EdgeConfiguration configuration = EdgeConfiguration.parse(LISTENERS + "zones: [example.com]\n", directory);
        try (EdgeStore store = new ReadOnlyStore(EdgeStore.inMemory());
                TunnelEdge edge = configuration.builder(store).build()) {
            assertThatThrownBy(() -> edge.start().toCompletableFuture().join())
                    .hasCauseInstanceOf(TunnelException.class)
                    .hasMessageContaining("[example.com] cannot be stored")
                    .hasMessageContaining("read-only");
        }
    }

    /** A store that is there and takes nothing. */
    private record ReadOnlyStore(EdgeStore store) implements EdgeStore {
        @Override
        public Contents load() {
            return store.load();
        }

        @Override
        public Contents changesSince(long revision) {
            return store.changesSince(revision);
        }

        @Override
        public long commit(long revision, List<Document> changes, AuditEntry entry) {
            throw new StoreException(StoreException.Reason.UNAVAILABLE, "read-only", null);
        }

        @Override
        public List<AuditEntry> audit(long before, int limit) {
            return store.audit(before, limit);
        }

        @Override
        public void close() {
            store.close();
        }
    }

    @Test
    void parse_hostileFiles_areRefused() {
        assertThatThrownBy(() -> EdgeConfiguration.parse("[".repeat(100_000), directory))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("nesting");
        assertThatThrownBy(() -> EdgeConfiguration.parse("a: ".repeat(600_000), directory))
                .isInstanceOf(TunnelException.class);
        assertThatThrownBy(() -> EdgeConfiguration.parse("", directory)).isInstanceOf(TunnelException.class);
        assertThatThrownBy(() -> EdgeConfiguration.parse("- a", directory)).isInstanceOf(TunnelException.class);
    }

    @Test
    void accessSection_mailAndNames_areInTheSettings() throws IOException {
        Files.writeString(directory.resolve("mail.password"), "hush\n");
        String access = """
                access:
                  team-domain: team.example.com
                  team-domain-aliases: [team.cloudflareaccess.com]
                  transfer-hosts: [login.cloudflareaccess.org]
                  session-duration: 8h
                  mail: {server: 'smtp.example.com:465', security: tls, from: edge@example.com, user: edge, password-file: mail.password}
                """;
        EdgeConfiguration configuration = EdgeConfiguration.parse(LISTENERS + access, directory);
        assertThat(configuration.teamDomain()).isEqualTo("team.example.com");

        try (TunnelEdge edge = configuration.builder(configuration.openStore()).build()) {
            assertThat(edge.access()).isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mail: {from: a@b.example}|server",
                "mail: {server: smtp, from: a@b.example}|server",
                "mail: {server: 'smtp:25'}|from",
                "mail: {server: 'smtp:25', from: a@b.example, security: ssl}|security",
                "mail: {server: 'smtp:25', from: a@b.example, pass: x}|pass",
                "session-duration: 1m|session-duration"
            })
    void accessSection_wrong_namesTheKey(String line, String key) {
        String text = LISTENERS + "access:\n  team-domain: team.example.com\n  " + line + "\n";

        assertThatThrownBy(() -> EdgeConfiguration.parse(text, directory)).hasMessageContaining(key);
    }
}
