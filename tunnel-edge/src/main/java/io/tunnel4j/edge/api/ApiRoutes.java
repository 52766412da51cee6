package io.tunnel4j.edge.api;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Which call stands behind a method and path. Filled once, then thread-safe. */
final class ApiRoutes {
    private static final int MAX_SEGMENTS = 12;

    @FunctionalInterface
    interface Handler {
        CompletionStage<ApiResult> handle(ApiCall call);
    }

    record Route(String method, List<String> pattern, Scope scope, Handler handler) {}

    /**
     * A route and what its placeholders stand for.
     *
     * @param route the route
     * @param parameters by placeholder name
     */
    record Match(Route route, Map<String, String> parameters) {}

    private final List<Route> routes = new ArrayList<>();

    /** Adds a route, e.g. {@code GET /accounts/{account}/cfd_tunnel}. */
    void add(String methodAndPath, Scope scope, Handler handler) {
        int space = methodAndPath.indexOf(' ');
        routes.add(new Route(
                methodAndPath.substring(0, space),
                List.of(methodAndPath.substring(space + 2).split("/")),
                scope,
                handler));
    }

    Match find(String method, String path) {
        List<String> segments = segments(path);
        boolean isPathKnown = false;
        for (Route route : routes) {
            Map<String, String> parameters = match(route.pattern(), segments);
            if (parameters != null) {
                if (route.method().equals(method)) {
                    return new Match(route, parameters);
                }
                isPathKnown = true;
            }
        }
        throw isPathKnown
                ? new ApiError(405, 7001, "Method " + ApiCall.shortened(method) + " not available for that URI.")
                : new ApiError(404, 7000, "No route for that URI");
    }

    private static List<String> segments(String path) {
        List<String> segments = new ArrayList<>();
        for (String segment : path.substring(1).split("/", MAX_SEGMENTS + 1)) {
            try {
                segments.add(QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")));
            } catch (IllegalArgumentException e) {
                throw ApiError.invalid("path (expected: percent-encoded)");
            }
        }
        return segments;
    }

    private static @Nullable Map<String, String> match(List<String> pattern, List<String> segments) {
        if (pattern.size() != segments.size()) {
            return null;
        }
        Map<String, String> parameters = new HashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String expected = pattern.get(i);
            if (expected.startsWith("{")) {
                parameters.put(expected.substring(1, expected.length() - 1), segments.get(i));
            } else if (!expected.equals(segments.get(i))) {
                return null;
            }
        }
        return parameters;
    }
}
