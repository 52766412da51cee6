package io.tunnel4j.edge.store;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/** One line of the audit log: who changed what, when. Immutable, thread-safe; holds no secret. */
public final class AuditEntry {
    /** Longest text of a field; what is longer is cut. */
    static final int MAX_TEXT = 512;

    private final long sequence;
    private final Instant at;
    private final String actor;
    private final String action;
    private final String subject;

    private AuditEntry(long sequence, Instant at, String actor, String action, String subject) {
        this.sequence = sequence;
        this.at = at;
        this.actor = actor;
        this.action = action;
        this.subject = subject;
    }

    /**
     * Makes an entry that is not stored yet.
     *
     * @param at when
     * @param actor who, e.g. the name of an API token
     * @param action what was done, e.g. {@code tunnel.create}
     * @param subject to what, e.g. the tunnel's id and name
     * @return the entry, with sequence 0
     */
    public static AuditEntry of(Instant at, String actor, String action, String subject) {
        return stored(0, at, actor, action, subject);
    }

    /**
     * Makes an entry as a store gives it back.
     *
     * @param sequence its place in the log
     * @param at when
     * @param actor who
     * @param action what was done
     * @param subject to what
     * @return the entry
     */
    public static AuditEntry stored(long sequence, Instant at, String actor, String action, String subject) {
        return new AuditEntry(
                sequence,
                requireNonNull(at, "at"),
                cut(requireNonNull(actor, "actor")),
                cut(requireNonNull(action, "action")),
                cut(requireNonNull(subject, "subject")));
    }

    private static String cut(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT);
    }

    /**
     * Returns its place.
     *
     * @return a number that grows with every entry
     */
    public long sequence() {
        return sequence;
    }

    /**
     * Returns the time.
     *
     * @return when it happened
     */
    public Instant at() {
        return at;
    }

    /**
     * Returns who did it.
     *
     * @return the actor
     */
    public String actor() {
        return actor;
    }

    /**
     * Returns what was done.
     *
     * @return the action
     */
    public String action() {
        return action;
    }

    /**
     * Returns to what it was done.
     *
     * @return the subject
     */
    public String subject() {
        return subject;
    }

    @Override
    public String toString() {
        return at + " " + actor + " " + action + " " + subject;
    }
}
