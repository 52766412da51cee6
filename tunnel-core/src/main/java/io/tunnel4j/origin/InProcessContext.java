package io.tunnel4j.origin;

import com.sun.net.httpserver.Authenticator;
import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What a handler finds behind {@code getHttpContext()}: the whole path space, and no server. Thread-safe. */
final class InProcessContext extends HttpContext {
    private final HttpHandler handler;
    private final Map<String, Object> attributes = new ConcurrentHashMap<>();

    InProcessContext(HttpHandler handler) {
        this.handler = handler;
    }

    @Override
    public HttpHandler getHandler() {
        return handler;
    }

    @Override
    public void setHandler(HttpHandler other) {
        throw new IllegalArgumentException("the handler is given by the tunnel's rule");
    }

    @Override
    public String getPath() {
        return "/";
    }

    @Override
    public @Nullable HttpServer getServer() {
        return null;
    }

    @Override
    public Map<String, Object> getAttributes() {
        return attributes;
    }

    @Override
    public List<Filter> getFilters() {
        return List.of();
    }

    @Override
    public @Nullable Authenticator setAuthenticator(Authenticator authenticator) {
        throw new UnsupportedOperationException("authentication is the edge's");
    }

    @Override
    public @Nullable Authenticator getAuthenticator() {
        return null;
    }
}
