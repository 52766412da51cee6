package io.tunnel4j.edge.store;

import static java.util.Objects.requireNonNull;

import java.security.MessageDigest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One stored thing: JSON for everybody to read, and at most one secret next to it that a store on disk encrypts.
 *
 * <p>Immutable, thread-safe. {@link #toString()} leaves content and secret out.
 */
public final class Document {
    private static final byte[] NO_SECRET = {};

    private final String kind;
    private final String id;
    private final long revision;
    private final @Nullable String json;
    private final byte[] secret;

    private Document(String kind, String id, long revision, @Nullable String json, byte[] secret) {
        this.kind = kind;
        this.id = id;
        this.revision = revision;
        this.json = json;
        this.secret = secret;
    }

    /**
     * Makes a document.
     *
     * @param kind e.g. {@code tunnel}; at most 64 characters
     * @param id unique within its kind; at most 512 characters
     * @param revision the revision that wrote it; 0 for one that is not stored yet
     * @param json its content
     * @param secret what must not lie on a disk as it is; empty for none; copied
     * @return the document
     */
    public static Document of(String kind, String id, long revision, String json, byte[] secret) {
        return new Document(
                requireNonNull(kind, "kind"),
                requireNonNull(id, "id"),
                revision,
                requireNonNull(json, "json"),
                secret.clone());
    }

    /**
     * Makes the trace of a deleted document, by which other nodes learn of the deletion.
     *
     * @param kind as above
     * @param id as above
     * @param revision the revision that deleted it
     * @return the document, without content
     */
    public static Document deleted(String kind, String id, long revision) {
        return new Document(requireNonNull(kind, "kind"), requireNonNull(id, "id"), revision, null, NO_SECRET);
    }

    /**
     * Returns what sort of thing this is.
     *
     * @return the kind
     */
    public String kind() {
        return kind;
    }

    /**
     * Returns the name within the kind.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /**
     * Returns when it was written.
     *
     * @return the store's revision that wrote it
     */
    public long revision() {
        return revision;
    }

    /**
     * Tells whether this is the trace of a deletion.
     *
     * @return true if there is no content any more
     */
    public boolean isDeleted() {
        return json == null;
    }

    /**
     * Returns the content.
     *
     * @return JSON
     * @throws IllegalStateException if it is deleted
     */
    public String json() {
        if (json == null) {
            throw new IllegalStateException("document " + kind + "/" + id + " is deleted");
        }
        return json;
    }

    /**
     * Returns the secret.
     *
     * @return a copy; empty for none
     */
    public byte[] secret() {
        return secret.clone();
    }

    Document at(long newRevision) {
        return new Document(kind, id, newRevision, json, secret);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Document that
                && kind.equals(that.kind)
                && id.equals(that.id)
                && revision == that.revision
                && Objects.equals(json, that.json)
                && MessageDigest.isEqual(secret, that.secret);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, id, revision);
    }

    @Override
    public String toString() {
        return "Document[" + kind + "/" + id + " at " + revision + (json == null ? " deleted]" : "]");
    }
}
