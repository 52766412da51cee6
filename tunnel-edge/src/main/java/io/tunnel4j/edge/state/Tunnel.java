package io.tunnel4j.edge.state;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.store.Document;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel. Immutable by agreement: nobody changes {@code secret}.
 *
 * @param id its id
 * @param accountTag the account that owns it
 * @param name unique among the account's live tunnels
 * @param secret what a connector proves itself with
 * @param isRemotelyManaged whether the edge pushes its configuration; else the connector has a file
 * @param metadata a JSON object the creator attached; {@code {}} for none
 * @param createdAt when it was made
 * @param deletedAt when it was deleted; null while it lives
 * @param expiresAt for quick tunnels: when it ends unless used; null for never
 */
public record Tunnel(
        UUID id,
        String accountTag,
        String name,
        byte[] secret,
        boolean isRemotelyManaged,
        String metadata,
        Instant createdAt,
        @Nullable Instant deletedAt,
        @Nullable Instant expiresAt) {
    /** Checks that nothing is missing. */
    public Tunnel {
        requireNonNull(id, "id");
        requireNonNull(accountTag, "accountTag");
        requireNonNull(name, "name");
        requireNonNull(secret, "secret");
        requireNonNull(metadata, "metadata");
        requireNonNull(createdAt, "createdAt");
    }

    /**
     * Makes a live tunnel.
     *
     * @param id its id
     * @param accountTag the account that owns it
     * @param name its name
     * @param secret its secret
     * @param createdAt now
     * @return a locally managed tunnel
     */
    public static Tunnel of(UUID id, String accountTag, String name, byte[] secret, Instant createdAt) {
        return new Tunnel(id, accountTag, name, secret, false, "{}", createdAt, null, null);
    }

    /**
     * Tells whether connectors may use it.
     *
     * @return false once it is deleted
     */
    public boolean isLive() {
        return deletedAt == null;
    }

    /**
     * Compares a secret in constant time.
     *
     * @param presented what a connector sent
     * @return whether it is this tunnel's
     */
    public boolean hasSecret(byte[] presented) {
        return MessageDigest.isEqual(secret, presented);
    }

    Tunnel deleted(Instant at) {
        return new Tunnel(id, accountTag, name, secret, isRemotelyManaged, metadata, createdAt, at, expiresAt);
    }

    /**
     * Marks it as remotely managed or not.
     *
     * @param remotely whether the edge pushes its configuration
     * @return a changed copy
     */
    public Tunnel managed(boolean remotely) {
        return new Tunnel(id, accountTag, name, secret, remotely, metadata, createdAt, deletedAt, expiresAt);
    }

    /**
     * Gives it another name and secret.
     *
     * @param newName its name
     * @param newSecret its secret
     * @return a changed copy
     */
    public Tunnel renamed(String newName, byte[] newSecret) {
        return new Tunnel(
                id, accountTag, newName, newSecret, isRemotelyManaged, metadata, createdAt, deletedAt, expiresAt);
    }

    /**
     * Lets it end.
     *
     * @param at when, unless it is put off again; null for never
     * @return a changed copy
     */
    public Tunnel expiring(@Nullable Instant at) {
        return new Tunnel(id, accountTag, name, secret, isRemotelyManaged, metadata, createdAt, deletedAt, at);
    }

    /**
     * Attaches a JSON object.
     *
     * @param json the object
     * @return a changed copy
     */
    public Tunnel withMetadata(String json) {
        return new Tunnel(id, accountTag, name, secret, isRemotelyManaged, json, createdAt, deletedAt, expiresAt);
    }

    Document toDocument() {
        JsonObject json = new JsonObject();
        json.addProperty("account", accountTag);
        json.addProperty("name", name);
        json.addProperty("remote", isRemotelyManaged);
        json.addProperty("metadata", metadata);
        Fields.put(json, "created_at", createdAt);
        Fields.put(json, "deleted_at", deletedAt);
        Fields.put(json, "expires_at", expiresAt);
        return Document.of(Kind.TUNNEL, id.toString(), 0, json.toString(), secret);
    }

    static Tunnel from(Document document) {
        Fields json = Fields.of(document);
        return new Tunnel(
                UUID.fromString(document.id()),
                json.text("account"),
                json.text("name"),
                document.secret(),
                json.flag("remote"),
                json.text("metadata"),
                json.instant("created_at"),
                json.instantOrNull("deleted_at"),
                json.instantOrNull("expires_at"));
    }

    /** Shows id and name, not the secret. */
    @Override
    public String toString() {
        return "Tunnel[" + id + " " + name + "]";
    }
}
