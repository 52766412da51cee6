package io.tunnel4j.edge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.ingress.RemoteConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Nothing in a configuration file is overlooked: what would have no effect, or another than meant, is a mistake with its line and key. */
class EdgeConfigurationMistakesTest {
    private static final String LISTENERS =
            "listeners: {https: '127.0.0.1:0', connectors: '127.0.0.1:0', admin: '127.0.0.1:0'}\n";
    private static final String HASH = "'$argon2id$v=19$m=8,t=1,p=1$" + "A".repeat(22) + "$" + "A".repeat(43) + "'";

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // Half of a pair.
                "mail: {server: 'smtp:25', from: a@b.test, user: u} | mail.password-file is missing (expected: a file with the password of u)",
                "mail: {server: 'smtp:25', from: a@b.test, password-file: p} | mail.user is missing",
                "mail: {security: tls} | mail.server is missing",
                "mail: {} | mail.server is missing",
                "mail: {server: 'smtp:25', from: nobody} | mail.from (expected: an e-mail address)",
                "mail: {server: 'smtp:99999', from: a@b.test} | mail.server (expected: host:port)",
                "identity-providers: [{name: PIN, type: onetimepin}] | identity-providers[0].type (expected: access.mail, the server that sends the PINs)",
                "users: [{email: a@b.test, password-hash: HASH}] | users (expected: an identity provider of type local",
                "identity-providers: [{name: P, type: local, client-secret-file: s}] | client-secret-file (expected: only with type oidc",
                "identity-providers: [{name: P, type: local, config: {issuer: x}}] | config (expected: only with type oidc",
                "identity-providers: [{name: P, type: oidc, client-secret-file: s, config: {issuer: 'https://i.test', client_id: c, client_secret: d}}] | not both",
                // Keys that nobody would look at.
                "identity-providers: [{name: P, type: oidc, config: {issuer: 'https://i.test', client_id: c, scope: [a]}}] | unknown key access.identity-providers[0].config.scope (expected: scopes)",
                "applications: [{name: a, domain: a.test, session-duration: 1h}] | unknown key access.applications[0].session-duration (expected: session_duration)",
                "applications: [{name: a, domain: a.test, policies: [{name: p, decision: allow, includes: []}]}] | policies[0].includes (expected: include)",
                "applications: [{name: a, domain: a.test, policies: [{name: p, decision: allow, include: [{everyone: {}}], requires: []}]}] | policies[0].requires (expected: require)",
                "groups: [{name: g, include: [{everyone: {}}], exclude: [{email: {email: a@b.test, domain: b.test}}]}] | groups[0].exclude[0].email.domain",
                "groups: [{name: g, include: [{mail: {email: a@b.test}}]}] | groups[0].include[0].mail (expected: a selector",
                "lists: [{name: l, items: [{value: a, valid: b}]}] | lists[0].items[0].valid",
                "lists: [{name: l, item: [a]}] | unknown key access.lists[0].item (expected: items)",
                "applications: [{name: a, domain: a.test, destinations: [{type: private, uri: b.test}]}] | destinations[0].type (expected: public",
                // Values that are none.
                "groups: [{name: g, include: [{github-organization: {name: o, team: [t]}}]}] | github-organization.team (expected: a text)",
                "groups: [{name: [g], include: [{everyone: {}}]}] | groups[0].name (expected: a text)",
                "groups: [{include: [{everyone: {}}]}] | groups[0].name is missing",
                "applications: [{name: a, domain: a.test, session_duration: soon}] | session_duration",
                "applications: [{name: a, domain: a.test, http_only_cookie_attribute: 'no'}] | http_only_cookie_attribute",
                "users: [{email: anna, password-hash: HASH}] | users[0].email (expected: an e-mail address)",
                "users: [{email: a@b.test, password-hash: plain}] | users[0].password-hash (expected: $argon2id$",
                "team-domain-aliases: ['a b'] | team-domain-aliases (expected: a hostname",
                "transfer-hosts: ['https://a.test'] | transfer-hosts (expected: a hostname",
                // Twice, of which only one would be there.
                "groups: [{name: g, include: [{everyone: {}}]}, {name: g, include: [{everyone: {}}]}] | groups[1].name (expected: a name that is not there twice)",
                "applications: [{name: a, domain: a.test}, {name: a, domain: b.test}] | applications[1].name",
                "identity-providers: [{name: P, type: local}, {name: P, type: local}] | identity-providers[1].name",
                "applications: [{name: a, domain: a.test, domain: b.test}] | applications[0].domain (expected: once",
                "applications: [{name: a, domain: a.test, policies: [{name: p, decision: allow, include: [], include: []}]}] | include (expected: once",
            })
    void parse_accessSection_isRefused(String line, String message) {
        String text = LISTENERS + "access:\n  team-domain: team.example.com\n  " + line.replace("HASH", HASH) + "\n";

        assertMistake(text, "line 4: ", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "access: {session-duration: 8h} | access.team-domain is missing",
                "access: {team-domain: 'https://login.test'} | access.team-domain (expected: a hostname",
                "store: {key-file: k} | store.file is missing",
                "store: {older-key-files: [k]} | store.file is missing",
                "limits: {request-burst: 5} | limits.requests-per-second is missing",
                "limits: {idle-timeout: 0s} | limits: timeout",
                "busy-poll: 1s | busy-poll: busyPoll: PT1S (expected: 0 to 10 ms)",
                "busy-poll: soon | busy-poll (expected: a duration",
                "grace-period: -1s | grace-period (expected: a duration",
                "zones: ['*.example.com'] | zones (expected: domains",
                "zones: [null] | zones (expected: a list of texts)",
                "trusted-proxies: [10.0.0.0/33] | trusted-proxies: ",
                "quick-tunnels: '*.try.test' | quick-tunnels (expected: one hostname",
                "certificates: {public: []} | certificates.public (expected: at least one",
                "tunnels: [{name: a}, {name: a}] | tunnels[1].name (expected: a name that is not there twice)",
                "tunnels: [{name: a, config: {ingres: []}}] | unknown key tunnels[0].config.ingres (expected: ingress)",
                "tunnels: [{name: a, config: {ingress: [{service: 'http://a', originrequest: {}}]}}] | ingress[0].originrequest (expected: originRequest)",
                "tunnels: [{name: a, config: {originRequest: {noTlsVerify: true}, ingress: [{service: 'http://a'}]}}] | originRequest.noTlsVerify (expected: noTLSVerify)",
                "tunnels: [{name: a, config: {originRequest: {connectTimeout: 5s}, ingress: [{service: 'http://a'}]}}] | connectTimeout",
                "routes: [{hostname: a.test, tunnel: t, tunnels: [{name: t}]}] | routes[0].tunnels (expected: tunnel or tunnels, not both)",
                "routes: [{hostname: a.test, tunnels: []}] | routes[0].tunnel is missing",
                "routes: [{hostname: a.test, tunnels: [{name: t}, {name: t}]}] | routes[0].tunnels[1].name",
                "routes: [{hostname: a.test, tunnel: t}, {hostname: A.test, tunnel: u}] | routes[1].hostname (expected: a hostname that is not there twice)",
            })
    void parse_line_isRefused(String line, String message) {
        assertMistake(LISTENERS + line + "\n", "line 2: ", message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{connectors: 'localhost:0', http: 'localhost:0'} | listeners.https is missing",
                "{https: 'localhost:0', proxy-protocol: true} | listeners.proxy-protocol (expected: trusted-proxies",
                "{https: 'localhost:0', proxy-protocol: 1} | listeners.proxy-protocol (expected: true or false)",
                "{https: 'localhost:0', tcp: [{address: 'localhost:1', hostname: a.test}, {address: 'localhost:2', hostname: a.test}]} | tcp[1].hostname: ",
                "{https: 'localhost:0', tcp: [{address: 'localhost:1', hostname: '*.a.test'}]} | tcp[0].hostname (expected: one hostname",
                "{https: 'localhost:70000'} | listeners.https (expected: host:port",
                "{https: 'localhost'} | listeners.https (expected: host:port",
                "{https: 'localhost:0'}\\nquick-tunnels: try.test | quick-tunnels (expected: listeners.admin or admin.hostname",
                "{https: 'localhost:0'}\\nadmin: {token-file: t} | admin.token-file (expected: listeners.admin or admin.hostname",
                "{connectors: 'localhost:0'}\\nadmin: {hostname: a.test} | admin.hostname (expected: listeners.https",
                "{connectors: 'localhost:0'}\\ncertificates: {clients: c} | certificates.clients (expected: listeners.https",
                "{connectors: 'localhost:0'}\\ncertificates: {public: [{chain: c, key: k}]} | certificates.public (expected: listeners.https",
                "{https: 'localhost:0'}\\ncertificates: {connectors: [{chain: c, key: k}]} | certificates.connectors (expected: listeners.connectors",
            })
    void parse_listeners_areRefused(String listeners, String message) {
        assertMistake("listeners: " + listeners.replace("\\n", "\n") + "\n", "line ", message);
    }

    private void assertMistake(String text, String line, String message) {
        assertThatThrownBy(() -> EdgeConfiguration.parse(text, directory))
                .isInstanceOfSatisfying(
                        TunnelException.class,
                        e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION))
                .hasMessageStartingWith(line)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "admin: {token-file: none} | admin.token-file (expected: a file, but there is no ",
                "admin: {token-file: empty} | admin.token-file (expected: a secret in the file, but ",
                "admin: {token-file: short} | admin.token-file: token of 5 characters",
                "admin: {token-file: folder} | admin.token-file (expected: a readable file in UTF-8, unlike ",
                "admin: {token-file: latin} | admin.token-file (expected: a readable file in UTF-8, unlike ",
                "admin: {token-file: large} | admin.token-file (expected: a file of at most 4096 bytes",
                "certificates: {public: [{chain: none, key: none}]} | certificates.public: ",
                "certificates: {public: [{chain: short, key: short}]} | certificates.public: ",
                "certificates: {clients: none} | certificates.clients: ",
                "certificates: {clients: empty} | certificates.clients: ",
                "certificates: {authority: short} | certificates.authority: ",
                "store: {file: edge, key-file: none} | store.key-file: ",
                "store: {file: edge, key-file: short} | store.key-file: ",
                "store: {file: edge, key-file: key, older-key-files: [short]} | store.older-key-files: ",
                "store: {postgresql: {url: 'jdbc:postgresql://localhost/x', user: u, password-file: none}, key-file: key} | store.postgresql.password-file (expected: a file",
                "access: {team-domain: t.test, mail: {server: 'smtp:25', from: a@b.test, user: u, password-file: none}} | access.mail.password-file (expected: a file",
                "access: {team-domain: t.test, mail: {server: 'smtp:25', from: a@b.test, user: u, password-file: empty}} | access.mail.password-file (expected: a secret",
            })
    void start_unreadableFile_namesKeyAndFile(String line, String message) throws IOException {
        Files.writeString(directory.resolve("empty"), "\n");
        Files.writeString(directory.resolve("short"), "short\n");
        Files.writeString(directory.resolve("latin"), "geheim-und-länger", ISO_8859_1);
        Files.writeString(directory.resolve("large"), "x".repeat(5000));
        Files.writeString(directory.resolve("key"), "A".repeat(43) + "=", UTF_8);
        Files.createDirectory(directory.resolve("folder"));
        EdgeConfiguration configuration = EdgeConfiguration.parse(LISTENERS + line + "\n", directory);

        assertThatThrownBy(() -> {
                    try (EdgeStore store = configuration.openStore()) {
                        configuration.builder(store);
                    }
                })
                .isInstanceOf(TunnelException.class)
                .hasMessageStartingWith("line 2: ")
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void start_keyOfAnotherCertificate_isRefused() throws IOException {
        DevelopmentAuthority.in(directory.resolve("one"));
        DevelopmentAuthority.in(directory.resolve("other"));
        EdgeConfiguration configuration = EdgeConfiguration.parse(
                LISTENERS + "certificates: {public: [{chain: one/ca.pem, key: other/ca-key.pem}]}\n", directory);

        assertThatThrownBy(() -> configuration.builder(EdgeStore.inMemory()))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("line 2: certificates.public: ")
                .hasMessageContaining("is not the key of");
    }

    /** A connector takes every option that the file lets pass. */
    @Test
    void tunnelOptions_eachIsReadByAConnector() {
        for (String option : TunnelRules.OPTIONS) {
            RemoteConfiguration connector = new RemoteConfiguration(
                    Ingress.builder().otherwise(Origin.status(503)).build());

            String error = connector
                    .apply(
                            0,
                            "{\"originRequest\":{\"" + option
                                    + "\":{\"a\":[1]}},\"ingress\":[{\"service\":\"http_status:404\"}]}")
                    .error();

            assertThat(option.equals("access") || error != null).as(option).isTrue();
        }
    }

    @Test
    void documentation_namesTheMembersOfAccess() throws IOException {
        String page = Files.readString(Path.of("../docs/edge.md"), UTF_8);

        assertThat(AccessDeclarations.APPLICATION_KEYS)
                .allSatisfy(key -> assertThat(page).containsPattern("\\b" + key + "\\b"));
        assertThat(AccessDeclarations.PROVIDER_KEYS)
                .allSatisfy(key -> assertThat(page).containsPattern("\\b" + key + "\\b"));
    }
}
