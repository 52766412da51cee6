package io.tunnel4j.registration;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Any bytes, cut into pieces, from either peer of a control stream: no exception reaches the event loop, credit is returned for every
 * byte, and each end hears of its end once.
 */
class ControlStreamFuzzTest {
    private static final ConnectionRequest REQUEST = ConnectionRequest.builder(
                    "tag",
                    new byte[32],
                    new UUID(1, 2),
                    new ClientInfo(new UUID(3, 4), List.of("serialized_headers"), "1", "linux_amd64"))
            .originLocalIp(InetAddress.getLoopbackAddress())
            .build();

    @FuzzTest(maxDuration = "60s")
    void peer_anyBytes_areAnsweredOrRefused(byte[] input) {
        FakeStream toEdge = new FakeStream();
        RegistrationClient client = new RegistrationClient(toEdge, Duration.ofSeconds(5));
        CompletableFuture<ConnectionAnswer> answer = client.register(REQUEST).toCompletableFuture();
        int ending = feed(input, toEdge, client);
        if (!answer.isDone() || !client.ended().toCompletableFuture().isDone() && answer.isCompletedExceptionally()) {
            throw new AssertionError("no outcome after " + ending + " bytes and the end of the stream");
        }

        FakeStream toConnector = new FakeStream();
        CountingHandler handler = new CountingHandler();
        feed(input, toConnector, RegistrationServer.on(toConnector, handler));
        if (handler.ends != 1 || handler.registrations > 1) {
            throw new AssertionError(handler.ends + " ends, " + handler.registrations + " registrations");
        }
    }

    private static int feed(byte[] input, FakeStream stream, io.tunnel4j.mux.StreamListener listener) {
        int piece = input.length == 0 ? 1 : 1 + (input[0] & 0xff);
        for (int from = 0; from < input.length; from += piece) {
            stream.feed(listener, Arrays.copyOfRange(input, from, Math.min(input.length, from + piece)));
        }
        listener.data(stream, Unpooled.EMPTY_BUFFER, true);
        stream.advance(Duration.ofSeconds(6));
        listener.closed(stream);
        if (stream.consumed != input.length) {
            throw new AssertionError("credit for " + stream.consumed + " of " + input.length + " bytes");
        }
        return input.length;
    }

    private static final class CountingHandler implements RegistrationHandler {
        int registrations;
        int ends;

        @Override
        public CompletionStage<ConnectionAnswer> registerConnection(ConnectionRequest request) {
            registrations++;
            return CompletableFuture.completedFuture(new ConnectionAnswer.Accepted(new UUID(5, 6), "fuzz", false));
        }

        @Override
        public void updateLocalConfiguration(byte[] json) {
            if (registrations == 0 || ends > 0) {
                throw new AssertionError("report from a connector that is not registered");
            }
        }

        @Override
        public void unregisterConnection() {
            if (registrations == 0 || ends > 0) {
                throw new AssertionError("goodbye from a connector that is not registered");
            }
        }

        @Override
        public void ended(TunnelException cause) {
            ends++;
            if (cause != null && cause.code() != TunnelErrorCode.EDGE_PROTOCOL) {
                throw new AssertionError("code " + cause.code());
            }
        }
    }
}
