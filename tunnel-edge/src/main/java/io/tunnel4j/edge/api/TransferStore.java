package io.tunnel4j.edge.api;

import io.tunnel4j.edge.exchange.EdgeResponse;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands what a browser approved to the command line that waits for it, under the command line's public key. Delivered once, forgotten after ten minutes.
 * Thread-safe; does not block.
 *
 * <p>A poll is held for up to 50 seconds: the stock command line asks ten times without pause and gives up after 60 seconds without an answer.
 */
public final class TransferStore {
    private static final Duration MAX_HOLD = Duration.ofSeconds(50);
    private static final Duration KEPT = Duration.ofMinutes(10);
    private static final int MAX_ENTRIES = 1_000;
    private static final int MAX_WAITING = 1_000;
    private static final int KEY_BYTES = 32;
    private static final int KEY_TEXT = 44;

    private final ScheduledExecutorService timer;
    private final long holdMillis;
    private final Map<String, String> ready = new LinkedHashMap<>();
    private final Map<String, CompletableFuture<EdgeResponse>> waiting = new LinkedHashMap<>();

    /**
     * Starts empty.
     *
     * @param timer ends polls and forgets what nobody fetched; stays the caller's
     * @param longestWait after which a listener gives up an answer, which the stock command line takes for a failure; polls end before
     */
    public TransferStore(ScheduledExecutorService timer, Duration longestWait) {
        this.timer = timer;
        this.holdMillis = Math.min(MAX_HOLD.toMillis(), longestWait.toMillis() / 2);
    }

    /**
     * Tells whether a path segment may be a key.
     *
     * @param text without slashes
     * @return true for the base64url, with padding, of 32 bytes
     */
    public static boolean isKey(String text) {
        try {
            return text.length() == KEY_TEXT && Base64.getUrlDecoder().decode(text).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /**
     * Waits for what is kept under a key.
     *
     * @param key the command line's public key
     * @return 200 with the content, or 404 when it is not there in time
     */
    public CompletionStage<EdgeResponse> poll(String key) {
        CompletableFuture<EdgeResponse> answer = new CompletableFuture<>();
        CompletableFuture<EdgeResponse> replaced;
        synchronized (this) {
            String content = ready.remove(key);
            if (content != null) {
                return CompletableFuture.completedFuture(found(content));
            }
            if (waiting.size() >= MAX_WAITING) {
                return CompletableFuture.completedFuture(nothing());
            }
            replaced = waiting.put(key, answer);
        }
        if (replaced != null) {
            replaced.complete(nothing());
        }
        timer.schedule(() -> giveUp(key, answer), holdMillis, TimeUnit.MILLISECONDS);
        return answer;
    }

    private void giveUp(String key, CompletableFuture<EdgeResponse> answer) {
        synchronized (this) {
            waiting.remove(key, answer);
        }
        answer.complete(nothing());
    }

    /**
     * Delivers, now or to the next poll.
     *
     * @param key the command line's public key
     * @param content a secret
     */
    public void put(String key, String content) {
        @Nullable CompletableFuture<EdgeResponse> poll;
        synchronized (this) {
            poll = waiting.remove(key);
            if (poll == null) {
                if (ready.size() >= MAX_ENTRIES) {
                    ready.remove(ready.keySet().iterator().next());
                }
                ready.put(key, content);
                timer.schedule(() -> forget(key, content), KEPT.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
        if (poll != null) {
            poll.complete(found(content));
        }
    }

    private synchronized void forget(String key, String content) {
        ready.remove(key, content);
    }

    private static EdgeResponse found(String content) {
        return EdgeResponse.of(200, "application/octet-stream", content).with("Cache-Control", "no-store");
    }

    private static EdgeResponse nothing() {
        return EdgeResponse.of(404).with("Cache-Control", "no-store");
    }
}
