package io.tunnel4j.origin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import io.netty.util.AsciiString;
import io.netty.util.NetUtil;
import io.tunnel4j.AccessIdentity;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.ResponseHeadersEncoder;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as the JDK's handler interface shows it. The remote address is the client's, as the edge says; a verified Access identity is the attribute named
 * by {@link AccessIdentity#ATTRIBUTE}. Used by one thread at a time, as any exchange.
 */
final class InProcessHttpExchange extends HttpExchange {
    private static final int NO_BODY = -1;

    private final HandlerExchange exchange;
    private final InProcessContext context;
    private final Headers requestHeaders = new Headers();
    private final Headers responseHeaders = new Headers();
    private final Map<String, Object> attributes = new HashMap<>();
    private final String method;
    private final URI uri;
    private InputStream requestBody;
    private OutputStream responseBody;
    private int responseCode = -1;

    /**
     * Reads the request's head. To be called on the stream's event loop.
     *
     * @throws IllegalArgumentException if the target is no URI at all
     */
    InProcessHttpExchange(HandlerExchange exchange, InProcessContext context) {
        this.exchange = exchange;
        this.context = context;
        FlatHeaders head = exchange.origin().head();
        method = text(head.method());
        uri = uri(text(head.path()));
        for (int i = 0; i < head.size(); i++) {
            add(head.nameAt(i), head.valueAt(i));
        }
        if (head.authority() != null) {
            requestHeaders.set("Host", text(head.authority()));
        }
        AccessIdentity identity = exchange.origin().identity();
        if (identity != null) {
            attributes.put(AccessIdentity.ATTRIBUTE, identity);
        }
        requestBody = exchange.requestBody();
        responseBody = exchange.responseBody();
    }

    private void add(CharSequence name, CharSequence value) {
        if (name.length() == 0 || name.charAt(0) == ':') {
            return;
        }
        switch (RequestField.of(name)) {
            case DROPPED -> {
                // Between the edge and us.
            }
            case COOKIE -> {
                String earlier = requestHeaders.getFirst("Cookie");
                requestHeaders.set("Cookie", earlier == null ? text(value) : earlier + "; " + value);
            }
            default -> requestHeaders.add(text(name), text(value));
        }
    }

    private static String text(@Nullable CharSequence value) {
        return value == null ? "" : value.toString();
    }

    /** Characters that a URI may not hold, but browsers send, are encoded; the bytes stay the same. */
    private static URI uri(String target) {
        try {
            return new URI(target);
        } catch (URISyntaxException e) {
            StringBuilder encoded = new StringBuilder();
            for (byte b : target.getBytes(StandardCharsets.ISO_8859_1)) {
                char c = (char) (b & 0xff);
                boolean kept = c > 0x20 && c < 0x7f && "\"<>\\^`{|}[]".indexOf(c) < 0;
                encoded.append(kept ? Character.toString(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
            }
            return URI.create(encoded.toString());
        }
    }

    @Override
    public Headers getRequestHeaders() {
        return requestHeaders;
    }

    @Override
    public Headers getResponseHeaders() {
        return responseHeaders;
    }

    @Override
    public URI getRequestURI() {
        return uri;
    }

    @Override
    public String getRequestMethod() {
        return method;
    }

    @Override
    public HttpContext getHttpContext() {
        return context;
    }

    @Override
    public InputStream getRequestBody() {
        return requestBody;
    }

    @Override
    public OutputStream getResponseBody() {
        return responseBody;
    }

    @Override
    public void sendResponseHeaders(int code, long length) throws IOException {
        if (responseCode != -1) {
            throw new IOException("headers already sent");
        }
        if (code < 200 || code > 999) {
            throw new IOException("status " + code + " (expected: 200 to 999)");
        }
        boolean bodyless = code == 204 || code == 304;
        boolean isHead = method.equals("HEAD");
        if (length > 0 && !bodyless) {
            responseHeaders.set("Content-Length", Long.toString(length));
        } else if (length == NO_BODY && !bodyless && !isHead) {
            responseHeaders.set("Content-Length", "0");
        } else if (!isHead) {
            responseHeaders.remove("Content-Length");
        }
        if (!responseHeaders.containsKey("Date")) {
            responseHeaders.set("Date", DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
        }
        String announced = responseHeaders.getFirst("Content-Length");
        AsciiString fields = serialised();
        if (fields.length() > ResponseHeaders.MAX_BYTES) {
            throw new IOException(ResponseHeads.tooLarge(fields));
        }
        responseCode = code;
        HandlerExchange.Answer answer = new HandlerExchange.Answer(
                code, fields, announced == null || bodyless ? null : AsciiString.of(announced));
        exchange.responseBody().start(answer, length > 0 ? length : -1, bodyless || isHead || length == NO_BODY);
    }

    private AsciiString serialised() {
        ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();
        encoder.begin();
        for (Map.Entry<String, List<String>> field : responseHeaders.entrySet()) {
            if (!field.getKey().equalsIgnoreCase("Transfer-Encoding")
                    && !field.getKey().equalsIgnoreCase("Connection")) {
                field.getValue().forEach(value -> encoder.add(field.getKey(), value == null ? "" : value));
            }
        }
        return encoder.finish();
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        byte[] address =
                NetUtil.createByteArrayFromIpAddressString(String.valueOf(requestHeaders.getFirst("Cf-Connecting-Ip")));
        if (address != null) {
            try {
                return new InetSocketAddress(InetAddress.getByAddress(address), 0);
            } catch (UnknownHostException e) {
                throw new IllegalStateException("an address of " + address.length + " bytes", e);
            }
        }
        return inet(exchange.origin().stream().connection().channel().remoteAddress());
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return inet(exchange.origin().stream().connection().channel().localAddress());
    }

    private static InetSocketAddress inet(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? inet
                : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @Override
    public int getResponseCode() {
        return responseCode;
    }

    @Override
    public String getProtocol() {
        return "HTTP/1.1";
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return attributes.get(name);
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        if (value == null) {
            attributes.remove(name);
        } else {
            attributes.put(name, value);
        }
    }

    @Override
    public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
        if (in != null) {
            requestBody = in;
        }
        if (out != null) {
            responseBody = out;
        }
    }

    @Override
    public @Nullable HttpPrincipal getPrincipal() {
        return attributes.get(AccessIdentity.ATTRIBUTE) instanceof AccessIdentity identity
                ? new HttpPrincipal(
                        identity.email().isEmpty() ? identity.commonName() : identity.email(), identity.issuer())
                : null;
    }

    /** Ends the exchange; without a response so far the edge is told that there is none. */
    @Override
    public void close() {
        exchange.requestBody().close();
        if (!exchange.responseBody().isStarted()) {
            exchange.postFailure("the handler closed the exchange without a response");
            return;
        }
        try {
            responseBody.close();
        } catch (IOException e) {
            // The stream is gone or was cut, which the other side has been told.
        }
    }
}
