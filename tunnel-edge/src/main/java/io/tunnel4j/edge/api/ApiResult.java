package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.edge.exchange.EdgeResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a call gives back, to be put into the envelope.
 *
 * @param result the result
 * @param info the page, for lists
 */
record ApiResult(JsonElement result, @Nullable JsonObject info) {
    private static final int DEFAULT_PER_PAGE = 100;
    private static final int MAX_PER_PAGE = 1000;
    private static final int MAX_PAGE = 1_000_000;

    static ApiResult of(JsonElement result) {
        return new ApiResult(result, null);
    }

    static ApiResult of(String text) {
        return of(new JsonPrimitive(text));
    }

    static ApiResult nothing() {
        return of(JsonNull.INSTANCE);
    }

    static CompletionStage<ApiResult> now(JsonElement result) {
        return CompletableFuture.completedFuture(of(result));
    }

    /** One page of a sorted and filtered list. */
    static <T> CompletionStage<ApiResult> page(Query query, List<T> all, Function<T, JsonObject> writer) {
        int page = query.number("page", 1, MAX_PAGE);
        int perPage = query.number("per_page", DEFAULT_PER_PAGE, MAX_PER_PAGE);
        JsonArray items = new JsonArray();
        all.stream().skip((page - 1L) * perPage).limit(perPage).map(writer).forEach(items::add);
        JsonObject info = new JsonObject();
        info.addProperty("count", items.size());
        info.addProperty("page", page);
        info.addProperty("per_page", perPage);
        info.addProperty("total_count", all.size());
        info.addProperty("total_pages", (all.size() + perPage - 1) / perPage);
        return CompletableFuture.completedFuture(new ApiResult(items, info));
    }

    EdgeResponse toResponse() {
        JsonObject envelope = envelope(true, new JsonArray(), result);
        if (info != null) {
            envelope.add("result_info", info);
        }
        return json(200, envelope);
    }

    static EdgeResponse failure(int status, int code, String message) {
        JsonObject error = new JsonObject();
        error.addProperty("code", code);
        error.addProperty("message", message);
        JsonArray errors = new JsonArray();
        errors.add(error);
        return json(status, envelope(false, errors, JsonNull.INSTANCE));
    }

    private static JsonObject envelope(boolean success, JsonArray errors, JsonElement result) {
        JsonObject envelope = new JsonObject();
        envelope.addProperty("success", success);
        envelope.add("errors", errors);
        envelope.add("messages", new JsonArray());
        envelope.add("result", result);
        return envelope;
    }

    /** The stock command line shows error texts only when the type has no parameter. */
    static EdgeResponse json(int status, JsonObject body) {
        return EdgeResponse.of(status, "application/json", body.toString())
                .with("Cache-Control", "no-store")
                .with("X-Content-Type-Options", "nosniff");
    }
}
