package io.tunnel4j.access.login;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;

/** Answers requests from a script, in order, and remembers them. */
final class FakeHttp implements HttpTransport {
    final List<HttpCall> calls = new ArrayList<>();
    private final Deque<Function<HttpCall, HttpAnswer>> script = new ArrayDeque<>();

    FakeHttp answer(int status, String body, String... fields) {
        return on(call -> of(status, body, fields));
    }

    FakeHttp fail(TunnelErrorCode code) {
        return on(call -> {
            throw new TunnelException(code, "scripted failure");
        });
    }

    FakeHttp on(Function<HttpCall, HttpAnswer> reaction) {
        script.add(reaction);
        return this;
    }

    static HttpAnswer of(int status, String body, String... fields) {
        HttpHeaders headers = new DefaultHttpHeaders();
        for (int i = 0; i < fields.length; i += 2) {
            headers.add(fields[i], fields[i + 1]);
        }
        return new HttpAnswer(status, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public HttpAnswer send(HttpCall call, LoginAttempt attempt) {
        attempt.check("test");
        calls.add(call);
        Function<HttpCall, HttpAnswer> reaction = script.size() > 1 ? script.poll() : script.peek();
        if (reaction == null) {
            throw new AssertionError("unexpected request: " + call.method() + " " + call.uri());
        }
        return reaction.apply(call);
    }
}
