package io.tunnel4j.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every captured message of {@code vectors/control-stream} against our reader and, where it holds no chance value, our encoder. */
class ControlStreamVectorsTest {
    private static final String ROOT = "control-stream";

    static Stream<String> messages() {
        return Vectors.list(ROOT).stream()
                .flatMap(scenario -> Vectors.list(ROOT + "/" + scenario).stream()
                        .filter(file -> file.endsWith(".bin"))
                        .map(file -> ROOT + "/" + scenario + "/" + file));
    }

    static Stream<String> scenarios() {
        return Vectors.list(ROOT).stream();
    }

    @ParameterizedTest
    @MethodSource("messages")
    void captured_message_decodesToItsRendering(String file) throws WireException {
        String captured = Vectors.text(file.replace(".bin", ".txt"));
        String method = file.replaceAll(".*return-|\\.bin", "");

        String rendering = ControlStreamRendering.render(Vectors.bytes(file), method);

        String expected = captured.substring(captured.indexOf("frame:"), captured.indexOf("\nbytes (8 per line"));
        assertThat(rendering).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void captured_message_encodesToTheSameBytes(String file) throws WireException {
        byte[] captured = Vectors.bytes(file);

        RpcMessage message = decode(captured);

        assertThat(TestMessages.bytes(encode(message))).isEqualTo(captured);
    }

    @ParameterizedTest
    @MethodSource("scenarios")
    void capturedStream_cutAnywhere_givesTheSameMessages(String scenario) throws WireException {
        List<byte[]> messages = Vectors.list(ROOT + "/" + scenario).stream()
                .filter(file -> file.endsWith(".bin") && file.contains("connector-to-edge"))
                .map(file -> Vectors.bytes(ROOT + "/" + scenario + "/" + file))
                .toList();
        ByteBuf stream = Unpooled.buffer();
        messages.forEach(stream::writeBytes);

        for (int pieceBytes : new int[] {1, 3, 7, 8, 100, stream.readableBytes()}) {
            MessageFramer framer = new MessageFramer(64 * 1024);
            List<byte[]> seen = new ArrayList<>();
            ByteBuf rest = stream.duplicate();
            while (rest.isReadable()) {
                framer.feed(rest.readSlice(Math.min(pieceBytes, rest.readableBytes())));
                for (StructReader root = framer.next(); root != null; root = framer.next()) {
                    seen.add(root.message().bytes().array());
                }
            }
            assertThat(seen).as("pieces of %d bytes", pieceBytes).containsExactlyElementsOf(messages);
            assertThat(framer.isBetweenMessages()).isTrue();
        }
    }

    private static RpcMessage decode(byte[] message) throws WireException {
        return RpcMessage.decode(TestMessages.root(message));
    }

    /** Parameters and results are copied field by field, so that their layout is the encoder's own. */
    private static ByteBuf encode(RpcMessage message) {
        if (message instanceof RpcMessage.Bootstrap bootstrap) {
            return RpcEncoder.bootstrap(bootstrap.questionId());
        }
        if (message instanceof RpcMessage.Call call) {
            return RpcEncoder.call(
                    call.questionId(),
                    call.target(),
                    call.interfaceId(),
                    call.methodId(),
                    TestMessages.copy(call.params().content()));
        }
        if (message instanceof RpcMessage.Finish finish) {
            return RpcEncoder.finish(finish.questionId(), finish.releaseResultCaps());
        }
        if (message instanceof RpcMessage.Release release) {
            return RpcEncoder.release(release.id(), release.referenceCount());
        }
        if (message instanceof RpcMessage.Abort abort) {
            return RpcEncoder.abort(abort.error());
        }
        RpcMessage.Return answer = (RpcMessage.Return) message;
        RpcMessage.Payload payload = ((RpcMessage.Outcome.Results) answer.outcome()).payload();
        return payload.capability() >= 0
                ? RpcEncoder.capability(
                        answer.answerId(),
                        payload.capTable().get(payload.capability()).id())
                : RpcEncoder.results(answer.answerId(), TestMessages.copy(payload.content()));
    }
}
