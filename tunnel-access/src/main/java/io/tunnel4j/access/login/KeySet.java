package io.tunnel4j.access.login;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.RSAKey;
import io.tunnel4j.access.store.CompactJws;
import io.tunnel4j.access.store.StrictJson;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The keys with which an auth domain signs, by their ids. Immutable, thread-safe. */
final class KeySet {
    private static final int MAX_KEYS = 256;
    private static final List<String> MEMBERS = List.of("use", "kty", "kid", "alg", "n", "e");

    private final Map<String, RSAPublicKey> keys;
    private final String text;

    private KeySet(Map<String, RSAPublicKey> keys, String text) {
        this.keys = keys;
        this.text = text;
    }

    /** Reads a JWK set; keys of other kinds and without an id are passed over. Null if it is none or holds no key. */
    static @Nullable KeySet parse(String json) {
        JsonObject document = StrictJson.object(json);
        if (document == null || !(document.get("keys") instanceof JsonArray array)) {
            return null;
        }
        Map<String, RSAPublicKey> keys = new LinkedHashMap<>();
        JsonArray kept = new JsonArray();
        for (JsonElement element : array) {
            RSAKey key = keys.size() < MAX_KEYS && element instanceof JsonObject object ? rsa(object) : null;
            RSAPublicKey publicKey = key == null ? null : publicKey(key);
            if (key != null && publicKey != null) {
                keys.put(key.getKeyID(), publicKey);
                kept.add(publicMembers(element.getAsJsonObject()));
            }
        }
        if (keys.isEmpty()) {
            return null;
        }
        JsonObject set = new JsonObject();
        set.add("keys", kept);
        return new KeySet(Map.copyOf(keys), set.toString());
    }

    private static @Nullable RSAKey rsa(JsonObject json) {
        try {
            RSAKey key = RSAKey.parse(json.toString());
            return key.getKeyID() == null ? null : key;
        } catch (ParseException | IllegalArgumentException otherKind) {
            return null;
        }
    }

    private static @Nullable RSAPublicKey publicKey(RSAKey key) {
        try {
            return key.toRSAPublicKey();
        } catch (JOSEException notAKey) {
            return null;
        }
    }

    private static JsonObject publicMembers(JsonObject key) {
        JsonObject members = new JsonObject();
        MEMBERS.forEach(name -> {
            if (key.has(name)) {
                members.add(name, key.get(name));
            }
        });
        return members;
    }

    /** Returns what is wrong with a token's signature, or null if it is good. */
    @Nullable
    String fault(CompactJws jws) {
        String keyId = jws.keyId();
        RSAPublicKey key = keyId == null ? null : keys.get(keyId);
        if (key == null) {
            return "JWK with matching kid not found in JWK Set";
        }
        try {
            boolean good = JWSObject.parse(jws.text()).verify(new RSASSAVerifier(key));
            return good ? null : "the signature is not this key's";
        } catch (JOSEException | ParseException | IllegalStateException e) {
            return "the signature cannot be checked";
        }
    }

    /** Returns the set as the reference caches it: the keys and nothing else. */
    String text() {
        return text;
    }
}
