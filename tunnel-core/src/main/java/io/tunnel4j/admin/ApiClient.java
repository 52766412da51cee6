package io.tunnel4j.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.tunnel4j.TunnelApiException;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls of the management API: envelopes opened, pages joined, rate limits waited for.
 *
 * <p>A call that gets 429 is sent again after the time the server names, or 1, 2, 4… s if it names none, as often and as long as the settings
 * allow; it has not been carried out. Nothing else is sent twice. Every failure is a {@link TunnelException}. Thread-safe.
 */
public final class ApiClient {
    /** Elements of all pages of one list together. */
    static final int MAX_ELEMENTS = 50_000;

    private static final int TOO_MANY_REQUESTS = 429;
    private static final int MAX_API_TEXT = 500;
    private static final Duration LONGEST_STEP = Duration.ofSeconds(32);

    private final ApiHttp http;
    private final Settings settings;
    private final Delay delay;

    /**
     * How to call.
     *
     * @param base the API's address
     * @param token bearer token, or null for a service that wants none
     * @param userAgent who calls
     * @param maxRetries how often a call is sent again after 429
     * @param maxWait how long a call waits after 429, all waits together
     */
    public record Settings(URI base, @Nullable String token, String userAgent, int maxRetries, Duration maxWait) {
        /** Leaves the token out. */
        @Override
        public String toString() {
            return "Settings[base=" + base + "]";
        }
    }

    /**
     * Creates a client.
     *
     * @param http sends requests
     * @param settings where and how
     * @param delay waits
     */
    public ApiClient(ApiHttp http, Settings settings, Delay delay) {
        this.http = http;
        this.settings = settings;
        this.delay = delay;
    }

    /**
     * Sends a request.
     *
     * @param call the request
     * @param reader makes the value of the envelope's result, which may be JSON null
     * @param <T> type of the value
     * @return the value
     */
    public <T> CompletionStage<T> call(ApiCall call, Function<JsonElement, T> reader) {
        CompletableFuture<T> value = new CompletableFuture<>();
        attempt(
                new Attempt(call, 0, Duration.ZERO),
                envelope -> value.complete(reader.apply(envelope.result())),
                value);
        return value;
    }

    /**
     * Sends a request whose result is of no interest.
     *
     * @param call the request
     * @return done when the API says so
     */
    public CompletionStage<Void> run(ApiCall call) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        attempt(new Attempt(call, 0, Duration.ZERO), envelope -> done.complete(null), done);
        return done;
    }

    /**
     * Gets all pages of a list.
     *
     * @param call the request for it
     * @param reader makes a value of each element
     * @param <T> type of the values
     * @return the values in the server's order
     */
    public <T> CompletionStage<List<T>> list(ApiCall call, Function<ApiObject, T> reader) {
        return list(call, reader, values -> values);
    }

    /**
     * Gets all pages of a list, to make something of it.
     *
     * @param call the request for it
     * @param reader makes a value of each element
     * @param finisher makes the result of the values, which are in the server's order
     * @param <T> type of the values
     * @param <R> type of the result
     * @return the result
     */
    public <T, R> CompletionStage<R> list(ApiCall call, Function<ApiObject, T> reader, Function<List<T>, R> finisher) {
        CompletableFuture<R> result = new CompletableFuture<>();
        page(
                new Listing<>(call, reader, new ArrayList<>()),
                1,
                values -> result.complete(finisher.apply(values)),
                result);
        return result;
    }

    private record Listing<T>(ApiCall call, Function<ApiObject, T> reader, List<T> collected) {}

    private <T> void page(Listing<T> listing, int page, Consumer<List<T>> whole, CompletableFuture<?> future) {
        String source = listing.call.name();
        Attempt first = new Attempt(listing.call.with("page", page), 0, Duration.ZERO);
        attempt(
                first,
                envelope -> {
                    List<JsonElement> elements = envelope.elements(source);
                    if (listing.collected.size() + elements.size() > MAX_ELEMENTS) {
                        throw ApiObject.unreadable(source, "more than " + MAX_ELEMENTS + " elements");
                    }
                    for (JsonElement element : elements) {
                        listing.collected.add(listing.reader.apply(ApiObject.of(source, element)));
                    }
                    if (envelope.isLastPage(source, elements.size(), listing.collected.size())) {
                        whole.accept(List.copyOf(listing.collected));
                    } else {
                        page(listing, page + 1, whole, future);
                    }
                },
                future);
    }

    private record Attempt(ApiCall call, int retries, Duration waited) {}

    private interface EnvelopeReader {
        void read(Envelope envelope);
    }

    /** Sends once; whatever comes of it ends in the reader, in the future's failure, or in another attempt. */
    private void attempt(Attempt attempt, EnvelopeReader reader, CompletableFuture<?> future) {
        if (future.isDone()) {
            return; // cancelled by the caller
        }
        http.send(request(attempt.call)).whenComplete((response, failure) -> {
            try {
                if (failure != null) {
                    future.completeExceptionally(failure);
                } else if (response.statusCode() != TOO_MANY_REQUESTS || !retried(attempt, response, reader, future)) {
                    reader.read(envelope(attempt.call, response));
                }
            } catch (TunnelException e) {
                future.completeExceptionally(e);
            } catch (RuntimeException e) {
                future.completeExceptionally(new CompletionException(e));
            }
        });
    }

    private boolean retried(
            Attempt attempt, HttpResponse<byte[]> response, EnvelopeReader reader, CompletableFuture<?> future) {
        Duration wait = retryAfter(response);
        if (wait == null) {
            wait = Duration.ofSeconds(1L << Math.min(attempt.retries, 5));
            wait = wait.compareTo(LONGEST_STEP) > 0 ? LONGEST_STEP : wait;
        }
        Duration waited = attempt.waited.plus(wait);
        if (attempt.retries >= settings.maxRetries || waited.compareTo(settings.maxWait) > 0) {
            return false;
        }
        Attempt next = new Attempt(attempt.call, attempt.retries + 1, waited);
        delay.after(wait, () -> attempt(next, reader, future));
        return true;
    }

    private HttpRequest request(ApiCall call) {
        HttpRequest.Builder request = HttpRequest.newBuilder(call.uri(settings.base))
                .header("Accept", "application/json;version=1")
                .header("User-Agent", settings.userAgent);
        if (settings.token != null) {
            request.header("Authorization", "Bearer " + settings.token);
        }
        String body = call.body();
        if (body == null) {
            return request.method(call.method(), HttpRequest.BodyPublishers.noBody())
                    .build();
        }
        return request.header("Content-Type", "application/json")
                .method(call.method(), HttpRequest.BodyPublishers.ofString(body, UTF_8))
                .build();
    }

    private static Envelope envelope(ApiCall call, HttpResponse<byte[]> response) {
        JsonObject envelope = object(new String(response.body(), UTF_8));
        boolean isOk = response.statusCode() >= 200 && response.statusCode() < 300;
        if (envelope == null) {
            if (isOk) {
                throw ApiObject.unreadable(call.name(), "it is not a JSON object");
            }
            throw new TunnelApiException(call.name(), response.statusCode(), 0, "", retryAfter(response));
        }
        JsonElement success = envelope.get("success");
        if (isOk && (success == null || !(success instanceof JsonPrimitive flag) || flag.getAsBoolean())) {
            return new Envelope(envelope);
        }
        throw error(call, response, envelope);
    }

    private static TunnelApiException error(ApiCall call, HttpResponse<byte[]> response, JsonObject envelope) {
        int code = 0;
        String text = "";
        if (envelope.get("errors") instanceof JsonArray errors
                && !errors.isEmpty()
                && errors.get(0) instanceof JsonObject first) {
            code = number(member(first, "code"));
            JsonElement message = member(first, "message");
            text = message instanceof JsonPrimitive words ? printable(words.getAsString()) : "";
        }
        return new TunnelApiException(call.name(), response.statusCode(), code, text, retryAfter(response));
    }

    /** The quick-tunnel service writes its members with capitals. */
    private static @Nullable JsonElement member(JsonObject object, String name) {
        JsonElement value = object.get(name);
        return value != null ? value : object.get(name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1));
    }

    private static int number(@Nullable JsonElement value) {
        try {
            return value instanceof JsonPrimitive number ? number.getAsInt() : 0;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static @Nullable JsonObject object(String text) {
        try {
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = JsonParser.parseReader(reader);
            return element instanceof JsonObject object && reader.peek() == JsonToken.END_DOCUMENT ? object : null;
        } catch (JsonParseException | IOException | NumberFormatException e) {
            return null;
        }
    }

    /** Seconds or a date; null when the server names no time that can be read. */
    private static @Nullable Duration retryAfter(HttpResponse<?> response) {
        String value = response.headers().firstValue("Retry-After").orElse("").strip();
        try {
            return value.isEmpty() ? null : Duration.ofSeconds(Math.max(0, Integer.parseInt(value)));
        } catch (NumberFormatException notSeconds) {
            return untilDate(value);
        }
    }

    private static @Nullable Duration untilDate(String value) {
        try {
            Instant then = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration wait = Duration.between(Instant.now(), then);
            return wait.isNegative() ? Duration.ZERO : wait;
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static String printable(String text) {
        String start = text.length() > MAX_API_TEXT ? text.substring(0, MAX_API_TEXT) + "…" : text;
        return start.replaceAll("\\p{Cntrl}", " ");
    }

    /** A successful answer. */
    private record Envelope(JsonObject members) {
        JsonElement result() {
            JsonElement result = members.get("result");
            return result == null ? com.google.gson.JsonNull.INSTANCE : result;
        }

        List<JsonElement> elements(String source) {
            JsonElement result = result();
            if (result.isJsonNull()) {
                return List.of();
            }
            if (result instanceof JsonArray array) {
                return array.asList();
            }
            throw ApiObject.unreadable(source, "the result is not a list");
        }

        boolean isLastPage(String source, int elements, int collected) {
            if (elements == 0 || !(members.get("result_info") instanceof JsonObject info)) {
                return true;
            }
            ApiObject counts = ApiObject.of(source, info);
            int perPage = counts.number("per_page");
            int total = counts.number("total_count");
            return perPage <= 0 || elements < perPage || collected >= total;
        }
    }
}
