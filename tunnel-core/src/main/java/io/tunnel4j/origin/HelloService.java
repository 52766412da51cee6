package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.wire.ResponseHeadersEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** The built-in page that shows that a tunnel works, and what the origin sees of a request. Thread-safe. */
final class HelloService implements OriginService {
    private static final int MAX_SHOWN = 2048;

    private final String page;

    HelloService() {
        try (InputStream in = HelloService.class.getResourceAsStream("hello.html")) {
            if (in == null) {
                throw new IllegalStateException("hello.html is missing from the jar");
            }
            page = new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("hello.html", e);
        }
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        Page answer = new Page(request);
        FlatHeaders head = request.head();
        String html = page.replace("{method}", shown(head.method()))
                .replace("{host}", shown(head.authority()))
                .replace("{path}", shown(head.path()))
                .replace("{ip}", shown(head.get("cf-connecting-ip")))
                .replace("{ray}", shown(head.get("cf-ray")));
        answer.send(html.getBytes(UTF_8));
        return answer;
    }

    /** What a client sends is shown as text, never as markup. */
    private static String shown(@Nullable CharSequence value) {
        if (value == null) {
            return "–";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < Math.min(MAX_SHOWN, value.length()); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '<' -> text.append("&lt;");
                case '>' -> text.append("&gt;");
                case '&' -> text.append("&amp;");
                case '"' -> text.append("&quot;");
                case '{' -> text.append("&#123;");
                default -> text.append(c < ' ' ? ' ' : c);
            }
        }
        return text.toString();
    }

    /** Confined to the connection's event loop. */
    private static final class Page extends Exchange {
        private final CharSequence method;

        Page(OriginRequest request) {
            super(request);
            CharSequence named = request.head().method();
            method = named == null ? "GET" : named;
        }

        void send(byte[] html) {
            AsciiString length = AsciiString.of(Integer.toString(html.length));
            ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();
            encoder.begin();
            encoder.add("Content-Type", "text/html; charset=utf-8");
            encoder.add("Content-Length", length);
            encoder.add("Cache-Control", "no-store");
            encoder.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
            boolean isHead = AsciiString.contentEquals("HEAD", method);
            respond(200, ResponseHeads.of(200, encoder.finish(), length), isHead);
            if (!isHead) {
                respondData(Unpooled.wrappedBuffer(html), true);
            }
        }

        @Override
        protected void requestData(ByteBuf data, boolean endOfStream) {
            stream().consume(data.readableBytes());
            data.release();
        }

        @Override
        public void trailers(MuxStream from, Http2Headers trailers) {
            // The page does not depend on the request's body.
        }

        @Override
        protected void abandoned() {
            // Nothing runs.
        }
    }
}
