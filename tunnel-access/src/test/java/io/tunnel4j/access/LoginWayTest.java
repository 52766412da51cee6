package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.URI;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A login goes where its connection goes, for hosts whose names lead nowhere. */
@Timeout(60)
class LoginWayTest {
    @Test
    void obtain_targetWithConnectTo_asksThatAddress() throws Exception {
        try (ScriptedEdge edge = noApplication();
                AccessLogin login = builder(edge).build()) {
            AccessTarget target = AccessTarget.builder("app.example.test")
                    .connectTo(edge.address())
                    .build();

            assertNoApplication(login.obtain(target, null));

            assertThat(edge.request()).startsWith("HEAD / HTTP/1.1").containsIgnoringCase("host: app.example.test");
        }
    }

    @Test
    void connector_ownLogin_takesTheTargetsWay() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    if (peer.field("Cf-Access-Metadata-Request") != null
                            || peer.head().startsWith("HEAD")) {
                        peer.answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
                    } else {
                        peer.redirectToLogin();
                    }
                });
                AccessConnector connector = AccessConnector.builder()
                        .caPool(edge.root())
                        .onlyCaPool()
                        .tokenStore(TokenStore.inMemory())
                        .login(LoginPrompt.nobody())
                        .build()) {
            AccessTarget target = AccessTarget.builder("app.example.test")
                    .connectTo(edge.address())
                    .build();

            assertThatThrownBy(() -> connector.connect(target))
                    .cause()
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            failure -> assertThat(failure.code()).isEqualTo(TunnelErrorCode.NOT_AN_ACCESS_APPLICATION));
        }
    }

    @Test
    void builder_connectTo_isForOneHostAndPort() throws Exception {
        try (ScriptedEdge edge = noApplication();
                AccessLogin login = builder(edge)
                        .connectTo("DB.example.test", edge.address())
                        .build()) {
            assertNoApplication(login.obtain(URI.create("https://db.example.test"), null));

            assertThatThrownBy(() -> get(login.obtain(URI.create("https://db.example.test:8443"), null)))
                    .cause()
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            failure ->
                                    assertThat(failure.code()).isNotEqualTo(TunnelErrorCode.NOT_AN_ACCESS_APPLICATION));
        }
    }

    private static AccessLogin.Builder builder(ScriptedEdge edge) {
        return AccessLogin.builder()
                .tokenStore(TokenStore.inMemory())
                .prompt(LoginPrompt.nobody())
                .caPool(edge.root())
                .onlyCaPool();
    }

    private static ScriptedEdge noApplication() {
        return new ScriptedEdge(peer -> peer.answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n"));
    }

    private static void assertNoApplication(CompletionStage<AccessToken> obtained) {
        assertThatThrownBy(() -> get(obtained))
                .cause()
                .isInstanceOfSatisfying(
                        TunnelException.class,
                        failure -> assertThat(failure.code()).isEqualTo(TunnelErrorCode.NOT_AN_ACCESS_APPLICATION));
    }

    private static AccessToken get(CompletionStage<AccessToken> stage) throws Exception {
        return stage.toCompletableFuture().get(40, TimeUnit.SECONDS);
    }
}
