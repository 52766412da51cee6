package io.tunnel4j.edge.gate;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.session.ExpiringTable;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.XECPublicKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import software.pando.crypto.nacl.CryptoBox;

/**
 * Where command-line clients pick up the tokens that a browser has confirmed. Thread-safe; waiting requests hold no thread.
 *
 * <p>Tokens are sealed to the client's key, which also names them, are handed out once, and are forgotten after minutes. A client that comes
 * early waits: the reference client asks ten times without a pause, so a quick "not yet" would cost it the login.
 */
final class TransferStore {
    static final Duration HOLD = Duration.ofSeconds(50);
    static final Duration LIFETIME = Duration.ofMinutes(5);
    static final int MAX_WAITING = 10_000;
    private static final int MAX_ENTRIES = 10_000;
    private static final int KEY_BYTES = 32;
    private static final int DECLINED = 403;

    private final ScheduledExecutorService timer;
    private final ExpiringTable<String, EdgeResponse> entries;
    /** Requests that wait, by key. Guarded by this. */
    private final Map<String, CompletableFuture<EdgeResponse>> waiting = new LinkedHashMap<>();

    TransferStore(ScheduledExecutorService timer, InstantSource clock) {
        this.timer = timer;
        this.entries = new ExpiringTable<>(MAX_ENTRIES, clock);
    }

    /** Tells whether a text is the public key of a client. */
    static boolean isKey(String text) {
        try {
            return text.length() == 44 && Base64.getUrlDecoder().decode(text).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Answers a client: at once if there is something, else when there is or when the hold is over. */
    CompletionStage<EdgeResponse> collect(String key) {
        if (!isKey(key)) {
            return CompletableFuture.completedFuture(notThere());
        }
        CompletableFuture<EdgeResponse> answer = new CompletableFuture<>();
        CompletableFuture<EdgeResponse> replaced;
        synchronized (this) {
            EdgeResponse entry = entries.take(key);
            if (entry != null) {
                if (entry.status() == DECLINED) {
                    entries.put(
                            key, entry,
                            LIFETIME); // said as often as it is asked: an answer may be lost, and the reference asks
                    // ten times
                }
                return CompletableFuture.completedFuture(entry);
            }
            if (waiting.size() >= MAX_WAITING && !waiting.containsKey(key)) {
                return CompletableFuture.completedFuture(EdgeResponse.of(503).with("Retry-After", "60"));
            }
            replaced = waiting.put(key, answer);
        }
        if (replaced != null) {
            replaced.complete(notThere());
        }
        timer.schedule(() -> giveUp(key, answer), HOLD.toMillis(), TimeUnit.MILLISECONDS);
        return answer;
    }

    private void giveUp(String key, CompletableFuture<EdgeResponse> answer) {
        synchronized (this) {
            waiting.remove(key, answer);
        }
        answer.complete(notThere());
    }

    /** Seals tokens to a client's key and hands them out to whoever waits or comes first. */
    void deposit(String key, String appToken, String orgToken) {
        EdgeResponse sealed = seal(key, appToken, orgToken);
        CompletableFuture<EdgeResponse> waiter = takeWaiter(key);
        if (waiter == null || !waiter.complete(sealed)) {
            entries.put(key, sealed, LIFETIME);
        }
    }

    /** Lets whoever waits or comes know that there will be nothing. */
    void decline(String key) {
        EdgeResponse no = EdgeResponse.of(DECLINED, "text/plain; charset=utf-8", "The login was declined.\n")
                .with("Cache-Control", "no-store");
        entries.put(key, no, LIFETIME);
        CompletableFuture<EdgeResponse> waiter = takeWaiter(key);
        if (waiter != null) {
            waiter.complete(no);
        }
    }

    private synchronized @Nullable CompletableFuture<EdgeResponse> takeWaiter(String key) {
        return waiting.remove(key);
    }

    private static EdgeResponse seal(String key, String appToken, String orgToken) {
        JsonObject json = new JsonObject();
        json.addProperty("app_token", appToken);
        json.addProperty("org_token", orgToken);
        KeyPair service = CryptoBox.keyPair();
        try (CryptoBox box = CryptoBox.encrypt(
                service.getPrivate(),
                CryptoBox.publicKey(Base64.getUrlDecoder().decode(key)),
                json.toString().getBytes(StandardCharsets.UTF_8))) {
            byte[] nonce = box.getNonce();
            byte[] ciphertext = box.getCiphertextWithTag();
            byte[] envelope = Arrays.copyOf(nonce, nonce.length + ciphertext.length);
            System.arraycopy(ciphertext, 0, envelope, nonce.length, ciphertext.length);
            return EdgeResponse.of(200, "text/plain", Base64.getEncoder().encodeToString(envelope))
                    .with("service-public-key", Base64.getUrlEncoder().encodeToString(raw(service)))
                    .with("Cache-Control", "no-store");
        }
    }

    /** The key as the 32 bytes that NaCl uses: the coordinate, least significant byte first. */
    private static byte[] raw(KeyPair pair) {
        byte[] bigEndian = ((XECPublicKey) pair.getPublic()).getU().toByteArray();
        byte[] raw = new byte[KEY_BYTES];
        for (int i = 0; i < Math.min(bigEndian.length, KEY_BYTES); i++) {
            raw[i] = bigEndian[bigEndian.length - 1 - i];
        }
        return raw;
    }

    private static EdgeResponse notThere() {
        return EdgeResponse.of(404).with("Cache-Control", "no-store");
    }

    /** Lets nobody wait any longer. */
    void close() {
        Map<String, CompletableFuture<EdgeResponse>> left;
        synchronized (this) {
            left = Map.copyOf(waiting);
            waiting.clear();
        }
        left.values().forEach(answer -> answer.complete(notThere()));
    }
}
