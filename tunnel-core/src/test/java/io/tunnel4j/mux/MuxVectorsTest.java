package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The captured connection of the reference connector, replayed. */
class MuxVectorsTest {
    private final List<String> opened = new ArrayList<>();
    private final List<ConnectionException> closed = new ArrayList<>();
    private long bodyBytes;

    private final ConnectionListener listener = new ConnectionListener() {
        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            opened.add(stream.id() + " " + head.method() + " " + head.path());
            return new MuxPair.RecordingListener() {
                @Override
                public void data(MuxStream s, ByteBuf data, boolean end) {
                    bodyBytes += data.readableBytes();
                    super.data(s, data, end);
                }
            };
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {
            closed.add(cause);
        }
    };

    private EmbeddedChannel start(Role role) {
        EmbeddedChannel channel = new EmbeddedChannel();
        MuxConnection.start(channel, MuxConfig.builder(role).build(), listener);
        return channel;
    }

    private static byte[] vector(String name) throws IOException {
        try (InputStream in = MuxVectorsTest.class.getResourceAsStream("/vectors/connector-edge/h2/" + name)) {
            return in.readAllBytes();
        }
    }

    private static byte[] written(EmbeddedChannel channel) {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf b = channel.readOutbound(); b != null; b = channel.readOutbound()) {
            all.writeBytes(b);
            b.release();
        }
        byte[] octets = ByteBufUtil.getBytes(all);
        all.release();
        return octets;
    }

    @Test
    void firstFrames_serverRole_areTheReferenceConnectors() throws Exception {
        EmbeddedChannel channel = start(Role.SERVER);

        channel.writeInbound(Unpooled.wrappedBuffer(vector("test-edge-first-frames.bin")));

        // SETTINGS, then (the reference: in either order) SETTINGS ack and WINDOW_UPDATE.
        byte[] reference = vector("connector-first-frames.bin");
        byte[] ours = written(channel);
        assertThat(ours).hasSameSizeAs(reference).startsWith(Arrays.copyOf(reference, 45));
        assertThat(ByteBufUtil.hexDump(ours)).contains("000004080000000000" + "000f0001");
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 1000, Integer.MAX_VALUE})
    void session_replayedInPieces_opensEveryStreamInOrder(int piece) throws Exception {
        EmbeddedChannel channel = start(Role.SERVER);
        byte[] session = vector("session-to-connector.bin");

        for (int from = 0; from < session.length; from += Math.min(piece, session.length - from)) {
            int n = Math.min(piece, session.length - from);
            assertThat(closed).isEmpty();
            channel.writeInbound(Unpooled.copiedBuffer(session, from, n));
        }

        assertThat(closed).isEmpty();
        assertThat(opened).hasSize(26).first().asString().startsWith("1 GET");
        assertThat(opened).anyMatch(s -> s.startsWith("7 POST"));
        assertThat(bodyBytes).isPositive();
        assertThat(closed).isEmpty();
        written(channel);
        channel.finishAndReleaseAll();
    }
}
