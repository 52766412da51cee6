package io.tunnel4j.access.login;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.store.StrictJson;
import io.tunnel4j.transport.Ticker;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the tokens of a browser login, sealed, from where the edge has put them.
 *
 * <p>The store holds a request until there is something or most of a minute has passed. One that answers sooner is asked again no earlier than a
 * second after the last request; a failing one is given three chances in a row. The reference asks ten times without a pause. Thread-safe.
 */
final class TransferStore {
    private static final Logger LOG = LoggerFactory.getLogger(TransferStore.class);

    /** Longer than any store holds a request. */
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(60);

    private static final Duration PACE = Duration.ofSeconds(1);
    private static final int MAX_FAILURES = 3;
    private static final int MAX_REDIRECTS = 5;

    private final URI base;
    private final HttpTransport http;
    private final Ticker ticker;

    TransferStore(URI base, HttpTransport http, Ticker ticker) {
        this.base = base;
        this.http = http;
        this.ticker = ticker;
    }

    /**
     * What a browser login yields. Both are secrets and not verified.
     *
     * @param app the app token
     * @param org the org token; null if the edge sent none
     */
    record Tokens(String app, @Nullable String org) {
        @Override
        public String toString() {
            return "Tokens[]";
        }
    }

    Tokens await(TransferKeys keys, String application, LoginAttempt attempt) {
        String waitingFor = "login to " + application;
        int failures = 0;
        while (true) {
            long started = ticker.nanos();
            try {
                HttpAnswer answer = poll(keys, attempt);
                Tokens tokens = tokens(keys, answer, application);
                if (tokens != null) {
                    return tokens;
                }
                failures = 0;
            } catch (TunnelException e) {
                attempt.check(waitingFor);
                failures++;
                if (!e.isRetryable() || failures == MAX_FAILURES) {
                    throw e;
                }
                LOG.debug("{}: transfer: {}", waitingFor, e.getMessage());
            }
            long left = PACE.toNanos() - (ticker.nanos() - started);
            if (left > 0) {
                attempt.pause(Duration.ofNanos(left), waitingFor);
            }
            attempt.check(waitingFor);
        }
    }

    private HttpAnswer poll(TransferKeys keys, LoginAttempt attempt) {
        URI at = URI.create(base + "/transfer/" + keys.id());
        for (int i = 0; i <= MAX_REDIRECTS; i++) {
            HttpAnswer answer = http.send(HttpCall.get(at, POLL_TIMEOUT), attempt);
            URI next = answer.redirect(at);
            if (next == null) {
                return answer;
            }
            at = next;
        }
        throw failure(
                TunnelErrorCode.EDGE_PROTOCOL, base.getHost() + ": the transfer store redirects without end", null);
    }

    /** Returns the tokens, or null for "not yet". */
    private @Nullable Tokens tokens(TransferKeys keys, HttpAnswer answer, String application) {
        if (answer.status() >= 500) {
            throw failure(
                    TunnelErrorCode.EDGE_UNREACHABLE,
                    "failed to run transfer service: error on request " + answer.status() + ": "
                            + Uris.printable(answer.text().strip()),
                    null);
        }
        if (answer.status() == 403 || answer.status() == 410) {
            throw failure(
                    TunnelErrorCode.LOGIN_DECLINED,
                    "login to " + application + ": declined in the browser, or used up (expected: a new login)",
                    null);
        }
        if (answer.status() != 200 || answer.body().length == 0) {
            LOG.debug("Waiting for login...");
            return null;
        }
        try {
            return parse(keys.open(answer.field("service-public-key"), answer.text()));
        } catch (ParseException e) {
            throw failure(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    "login to " + application + ": the sealed answer: " + e.getMessage(),
                    e);
        }
    }

    static Tokens parse(String json) throws ParseException {
        JsonObject document = StrictJson.object(json);
        String app = document == null ? null : string(document.get("app_token"));
        if (document == null || app == null || app.isEmpty()) {
            throw new ParseException("(expected: a JSON object with app_token)", 0);
        }
        String org = string(document.get("org_token"));
        return new Tokens(app, org == null || org.isEmpty() ? null : org);
    }

    private static @Nullable String string(@Nullable JsonElement element) {
        return element instanceof JsonPrimitive value && value.isString() ? value.getAsString() : null;
    }

    private static TunnelException failure(TunnelErrorCode code, String message, @Nullable Throwable cause) {
        return new TunnelException(code, message, cause);
    }
}
