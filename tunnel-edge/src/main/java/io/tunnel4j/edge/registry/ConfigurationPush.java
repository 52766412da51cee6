package io.tunnel4j.edge.registry;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.wire.TunnelFields;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pushes a configuration over one connection and waits for the connector's answer (protocol document config-and-api §1).
 *
 * <p>Confined to the connection's event loop. The outcome is told exactly once.
 */
final class ConfigurationPush implements StreamListener {
    private static final int MAX_ANSWER_BYTES = 64 << 10;
    private static final long ANSWER_SECONDS = 30;
    private static final AsciiString PUT = AsciiString.cached("PUT");
    private static final AsciiString HTTPS = AsciiString.cached("https");
    private static final AsciiString AUTHORITY = AsciiString.cached("localhost");
    private static final AsciiString PATH = AsciiString.cached("/");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");

    private final PushedConfiguration configuration;
    private final Outcome outcome;
    private final Clock clock;
    private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
    private int status;
    private boolean told;

    /** Who hears the outcome. */
    interface Outcome {
        /** The connector answered. */
        void answered(ConfigurationOutcome outcome);

        /** No answer came; another connection may do. */
        void unanswered(String why);
    }

    private ConfigurationPush(PushedConfiguration configuration, Outcome outcome, Clock clock) {
        this.configuration = configuration;
        this.outcome = outcome;
        this.clock = clock;
    }

    static void start(ConnectorConnection connection, PushedConfiguration configuration, Outcome outcome, Clock clock) {
        ConfigurationPush push = new ConfigurationPush(configuration, outcome, clock);
        // The content is JSON already; as text inside ours it stays as it is, numbers and all.
        String body = "{\"version\":" + configuration.version() + ",\"config\":" + configuration.json() + "}";
        ByteBuf bytes = ByteBufUtil.writeUtf8(connection.mux().channel().alloc(), body);
        try {
            MuxStream stream = connection.open(head(bytes.readableBytes()), false, push);
            stream.writeData(bytes, true);
            stream.flush();
            stream.eventLoop().schedule(() -> push.timeOut(stream), ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ConnectionException e) {
            bytes.release();
            outcome.unanswered(String.valueOf(e.getMessage()));
        }
    }

    private static Http2Headers head(int bytes) {
        FlatHeaders head = new FlatHeaders();
        head.method(PUT);
        head.scheme(HTTPS);
        head.authority(AUTHORITY);
        head.path(PATH);
        head.add(TunnelFields.UPGRADE, TunnelFields.UPDATE_CONFIGURATION);
        head.add(CONTENT_LENGTH, Integer.toString(bytes));
        return head;
    }

    @Override
    public void head(MuxStream stream, Http2Headers head, boolean endOfStream) {
        CharSequence code = head.status();
        status = code == null || code.length() != 3 ? 0 : Integer.parseInt(code.toString());
        if (endOfStream) {
            ended();
        }
    }

    @Override
    public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
        int bytes = data.readableBytes();
        if (answer.size() + bytes <= MAX_ANSWER_BYTES) {
            answer.writeBytes(ByteBufUtil.getBytes(data));
        }
        data.release();
        stream.consume(bytes);
        if (endOfStream) {
            ended();
        }
    }

    @Override
    public void trailers(MuxStream stream, Http2Headers trailers) {
        ended();
    }

    @Override
    public void reset(MuxStream stream, StreamException cause) {
        unanswered("configuration stream reset: " + cause.getMessage());
    }

    private void timeOut(MuxStream stream) {
        if (!told) {
            unanswered("no answer within " + ANSWER_SECONDS + " s");
            stream.reset(Http2Error.CANCEL.code());
        }
    }

    private void unanswered(String why) {
        if (!told) {
            told = true;
            outcome.unanswered(why);
        }
    }

    private void ended() {
        if (told) {
            return;
        }
        told = true;
        if (status != 200) {
            outcome.answered(outcome(-1, "status " + status));
            return;
        }
        try {
            JsonObject json = JsonParser.parseString(answer.toString(StandardCharsets.UTF_8))
                    .getAsJsonObject();
            int applied = json.get("lastAppliedVersion").getAsInt();
            outcome.answered(outcome(applied, error(json.get("err"))));
        } catch (JsonParseException | IllegalStateException | NullPointerException | NumberFormatException e) {
            outcome.answered(outcome(-1, "unintelligible answer"));
        }
    }

    /** Any value but null is a failure: the reference sends objects without a text, others send a string. */
    private static @Nullable String error(@Nullable JsonElement error) {
        if (error == null || error.isJsonNull()) {
            return null;
        }
        return error.isJsonPrimitive() ? error.getAsString() : error.toString();
    }

    private ConfigurationOutcome outcome(int applied, @Nullable String error) {
        return new ConfigurationOutcome(configuration.version(), applied, error, clock.instant());
    }
}
