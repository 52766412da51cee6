package io.tunnel4j.edge.gate.policy;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.AccessGroup;
import io.tunnel4j.edge.AccessList;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * A sort of record, how it is named and how it is written. Immutable; the constants are all there are.
 *
 * <p>JSON is that of the hosted API where it has such a thing. What must not lie on a disk as it is stands apart from the JSON, so that a
 * store can encrypt it and an answer cannot leak it.
 *
 * @param <T> the value
 */
public final class AccessKind<T> {
    /** Protected hosts. */
    public static final AccessKind<Application> APPLICATION = new AccessKind<>(
            "access_app",
            Application::id,
            ApplicationJson::write,
            AccessKind::noSecret,
            (json, secret) -> ApplicationJson.read(json));

    /** Policies used by several applications. */
    public static final AccessKind<Policy> POLICY = new AccessKind<>(
            "access_policy",
            Policy::id,
            PolicyJson::write,
            AccessKind::noSecret,
            (json, secret) -> PolicyJson.read(json));

    /** Rules under a name. */
    public static final AccessKind<AccessGroup> GROUP = new AccessKind<>(
            "access_group",
            AccessGroup::id,
            PolicyJson::writeGroup,
            AccessKind::noSecret,
            (json, secret) -> PolicyJson.readGroup(json));

    /** Addresses under a name. */
    public static final AccessKind<AccessList> LIST = new AccessKind<>(
            "access_list",
            AccessList::id,
            PolicyJson::writeList,
            AccessKind::noSecret,
            (json, secret) -> PolicyJson.readList(json));

    /** Where people log in. */
    public static final AccessKind<IdentityProvider> IDENTITY_PROVIDER = new AccessKind<>(
            "access_identity_provider",
            IdentityProvider::id,
            RecordJson::writeProvider,
            provider -> provider.clientSecret().getBytes(StandardCharsets.UTF_8),
            RecordJson::readProvider);

    /** Programs that pass without login. */
    public static final AccessKind<ServiceTokenRecord> SERVICE_TOKEN = new AccessKind<>(
            "access_service_token",
            ServiceTokenRecord::id,
            RecordJson::writeServiceToken,
            token -> token.secretHash().getBytes(StandardCharsets.US_ASCII),
            RecordJson::readServiceToken);

    /** People with a password at this edge. */
    public static final AccessKind<LocalUser> USER = new AccessKind<>(
            "access_user",
            LocalUser::id,
            RecordJson::writeUser,
            user -> user.passwordHash().getBytes(StandardCharsets.UTF_8),
            RecordJson::readUser);

    /** The edge's own keys. */
    public static final AccessKind<SigningKeyRecord> SIGNING_KEY = new AccessKind<>(
            "access_signing_key",
            SigningKeyRecord::id,
            RecordJson::writeKey,
            SigningKeyRecord::privateKey,
            RecordJson::readKey);

    /** Tokens that count no more. */
    public static final AccessKind<Revocation> REVOCATION = new AccessKind<>(
            "access_revocation",
            Revocation::id,
            RecordJson::writeRevocation,
            AccessKind::noSecret,
            (json, secret) -> RecordJson.readRevocation(json));

    private final String name;
    private final Function<T, String> id;
    private final Function<T, JsonObject> writer;
    private final Function<? super T, byte[]> secret;
    private final BiFunction<JsonObject, byte[], T> reader;

    private AccessKind(
            String name,
            Function<T, String> id,
            Function<T, JsonObject> writer,
            Function<? super T, byte[]> secret,
            BiFunction<JsonObject, byte[], T> reader) {
        this.name = name;
        this.id = id;
        this.writer = writer;
        this.secret = secret;
        this.reader = reader;
    }

    /**
     * Returns every kind.
     *
     * @return immutable
     */
    public static List<AccessKind<?>> all() {
        return List.of(
                APPLICATION, POLICY, GROUP, LIST, IDENTITY_PROVIDER, SERVICE_TOKEN, USER, SIGNING_KEY, REVOCATION);
    }

    /**
     * Returns the name in a store.
     *
     * @return e.g. {@code access_app}
     */
    public String name() {
        return name;
    }

    /**
     * Returns a value's id.
     *
     * @param value of this kind
     * @return unique within the kind
     */
    public String id(T value) {
        return id.apply(value);
    }

    /**
     * Writes a value without its secret.
     *
     * @param value of this kind
     * @return JSON of the hosted API
     */
    public JsonObject write(T value) {
        return writer.apply(value);
    }

    /**
     * Returns what must be kept apart from the JSON.
     *
     * @param value of this kind
     * @return empty for none
     */
    public byte[] secret(T value) {
        return secret.apply(value);
    }

    /**
     * Reads a value.
     *
     * @param json as written, or as the hosted API's clients send it; members it does not know are ignored
     * @param secretBytes as kept apart; empty for none
     * @return the value
     * @throws IllegalArgumentException if a member is missing or malformed; the message names it
     */
    public T read(JsonObject json, byte[] secretBytes) {
        return reader.apply(json, secretBytes);
    }

    private static byte[] noSecret(Object value) {
        return new byte[0];
    }

    /** Shows the name. */
    @Override
    public String toString() {
        return name;
    }
}
