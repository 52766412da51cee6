package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Local connections through a scripted edge. */
@ExtendWith(LeakCheck.class)
class AccessTcpForwarderTest {
    private final List<TunnelException> failures = new CopyOnWriteArrayList<>();

    @Test
    void forwarder_echo_bytesComeBack() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.echo();
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            socket.getOutputStream().write(bytes("hello"));

            assertThat(socket.getInputStream().readNBytes(5)).isEqualTo(bytes("hello"));
        }
    }

    @Test
    void forwarder_localHalfClose_sendsClose1000AndStillGetsTheAnswer() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    ScriptedEdge.Frame question = peer.read();
                    ScriptedEdge.Frame close = peer.read();
                    peer.message(bytes(question.text() + " " + close.code()));
                    peer.close(1000, "");
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            socket.getOutputStream().write(bytes("question"));
            socket.shutdownOutput();

            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes("question 1000"));
        }
    }

    @Test
    void forwarder_edgeEndsTlsBetweenMessages_localSeesTheEnd() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.message(bytes("bye\n"));
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(bytes("bye\n"));
        }
    }

    @Test
    void forwarder_edgeBreaksOffInsideAMessage_localSeesAReset() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.send((byte) 0x82, (byte) 10, (byte) 'x');
                });
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            assertThatThrownBy(() -> socket.getInputStream().readAllBytes()).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void forwarder_cachedToken_oneRequest() throws Exception {
        FakeTokens tokens = new FakeTokens("cached");
        try (ScriptedEdge edge = gate("cached");
                AccessTcpForwarder forwarder =
                        forwarder(edge).tokens(tokens).build().start();
                Socket socket = connect(forwarder)) {
            assertThat(socket.getInputStream().read()).isEqualTo('+');
            assertThat(edge.request()).contains("Cf-Access-Token: cached\r\n");
            assertThat(edge.waitingRequests()).isZero();
            assertThat(tokens.logins).hasValue(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"302", "401", "403"})
    void forwarder_cachedTokenRefused_logsInAndTriesOnceMore(int refusal) throws Exception {
        FakeTokens tokens = new FakeTokens("stale");
        try (ScriptedEdge edge = gate("fresh-1", refusal);
                AccessTcpForwarder forwarder =
                        forwarder(edge).tokens(tokens).build().start();
                Socket socket = connect(forwarder)) {
            assertThat(socket.getInputStream().read()).isEqualTo('+');
            assertThat(edge.request()).contains("Cf-Access-Token: stale\r\n");
            assertThat(edge.request()).contains("Cf-Access-Token: fresh-1\r\n");
            assertThat(tokens.refused).containsExactly("stale");
        }
    }

    @Test
    void forwarder_freshTokenRefused_resetAndNotAuthorized() throws Exception {
        try (ScriptedEdge edge = gate("never");
                AccessTcpForwarder forwarder =
                        forwarder(edge).tokens(new FakeTokens(null)).build().start();
                Socket socket = connect(forwarder)) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            await().until(() -> !failures.isEmpty());
            assertThat(failures.get(0).code()).isEqualTo(TunnelErrorCode.NOT_AUTHORIZED);
        }
    }

    @ParameterizedTest
    @CsvSource({"302", "401", "403"})
    void forwarder_serviceTokenRefused_neverLogsIn(int refusal) throws Exception {
        FakeTokens tokens = new FakeTokens("cached");
        try (ScriptedEdge edge = gate("never", refusal);
                AccessTcpForwarder forwarder = forwarder(edge)
                        .serviceToken("id.access", "s3cret")
                        .tokens(tokens)
                        .build()
                        .start();
                Socket socket = connect(forwarder)) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            await().until(() -> !failures.isEmpty());
            assertThat(failures.get(0).code()).isEqualTo(TunnelErrorCode.SERVICE_TOKEN_REFUSED);
            assertThat(failures.get(0)).hasMessageNotContaining("s3cret");
            assertThat(edge.request())
                    .contains("Cf-Access-Client-Id: id.access\r\nCf-Access-Client-Secret: s3cret\r\n")
                    .doesNotContain("Cf-Access-Token");
            assertThat(tokens.logins).hasValue(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"502,ORIGIN_UNREACHABLE", "530,ORIGIN_UNREACHABLE", "403,NOT_AUTHORIZED", "404,EDGE_PROTOCOL"})
    void forwarder_otherAnswer_typedFailure(int status, TunnelErrorCode code) throws Exception {
        try (ScriptedEdge edge =
                        new ScriptedEdge(peer -> peer.answer("HTTP/1.1 " + status + " No\nContent-Length: 0\n\n"));
                AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            await().until(() -> !failures.isEmpty());
            assertThat(failures.get(0).code()).isEqualTo(code);
        }
    }

    @Test
    void forwarder_edgeIsDown_edgeUnreachable() throws Exception {
        ScriptedEdge edge = new ScriptedEdge(peer -> {});
        edge.close();
        try (AccessTcpForwarder forwarder = forwarder(edge).build().start();
                Socket socket = connect(forwarder)) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            await().until(() -> !failures.isEmpty());
            assertThat(failures.get(0).code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
        }
    }

    @Test
    void forwarder_certificateOfAnotherName_edgeUntrusted() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {});
                AccessTcpForwarder forwarder = AccessTcpForwarder.builder("db.example.com")
                        .connectTo(edge.address())
                        .caPool(edge.root())
                        .listener(recorder())
                        .build()
                        .start();
                Socket socket = connect(forwarder)) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            await().until(() -> !failures.isEmpty());
            assertThat(failures.get(0).code()).isEqualTo(TunnelErrorCode.EDGE_UNTRUSTED);
        }
    }

    @Test
    void forwarder_unknownRoot_edgeUntrusted() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {});
                AccessTcpForwarder forwarder = AccessTcpForwarder.builder("db.example.test")
                        .connectTo(edge.address())
                        .listener(recorder())
                        .build()
                        .start();
                Socket socket = connect(forwarder)) {
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            await().until(() -> !failures.isEmpty());
            assertThat(failures.get(0).code()).isEqualTo(TunnelErrorCode.EDGE_UNTRUSTED);
        }
    }

    @Test
    void forwarder_addressInUse_namesItAndLeavesNothing() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {});
                AccessTcpForwarder first = forwarder(edge).build().start()) {
            AccessTcpForwarder second = forwarder(edge)
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), first.port()))
                    .build();

            assertThatThrownBy(second::start)
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining(String.valueOf(first.port()));
        }
    }

    private AccessTcpForwarder.Builder forwarder(ScriptedEdge edge) {
        return AccessTcpForwarder.builder("db.example.test")
                .connectTo(edge.address())
                .caPool(edge.root())
                .listener(recorder());
    }

    private AccessListener recorder() {
        return new AccessListener() {
            @Override
            public void connectionFailed(AccessTarget target, TunnelException cause) {
                failures.add(cause);
            }
        };
    }

    private static ScriptedEdge gate(String accepted) {
        return gate(accepted, 302);
    }

    /** Lets a token in and says so with a plus; answers everything else with a refusal. */
    private static ScriptedEdge gate(String accepted, int refusal) {
        return new ScriptedEdge(peer -> {
            if (accepted.equals(peer.field("Cf-Access-Token"))) {
                peer.upgrade();
                peer.message(bytes("+"));
                peer.echo();
            } else if (refusal == 302) {
                peer.redirectToLogin();
            } else {
                peer.answer("HTTP/1.1 " + refusal + " No\nContent-Length: 0\n\n");
            }
        });
    }

    private static Socket connect(AccessTcpForwarder forwarder) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), forwarder.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Gives out one cached token, then fresh ones. */
    private static final class FakeTokens implements TokenProvider {
        private final @Nullable String cached;
        final AtomicInteger logins = new AtomicInteger();
        final List<String> refused = new CopyOnWriteArrayList<>();

        FakeTokens(@Nullable String cached) {
            this.cached = cached;
        }

        @Override
        public CompletionStage<@Nullable AccessToken> cached(java.net.URI application) {
            return CompletableFuture.completedFuture(cached == null ? null : AccessToken.of(cached));
        }

        @Override
        public CompletionStage<AccessToken> obtain(java.net.URI application, @Nullable AccessToken token) {
            if (token != null) {
                refused.add(token.compact());
            }
            return CompletableFuture.completedFuture(AccessToken.of("fresh-" + logins.incrementAndGet()));
        }
    }
}
