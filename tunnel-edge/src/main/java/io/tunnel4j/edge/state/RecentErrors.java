package io.tunnel4j.edge.state;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The last failures an operator may want to see. Thread-safe; bounded, the oldest make room. */
public final class RecentErrors {
    private static final int CAPACITY = 200;
    private static final int MAX_TEXT = 300;

    /**
     * One failure.
     *
     * @param at when
     * @param subject what it concerns: a tunnel, hostname or address
     * @param text what happened, without a secret
     */
    public record Entry(Instant at, String subject, String text) {
        /** Cuts what is too long. */
        public Entry {
            subject = cut(subject);
            text = cut(text);
        }

        private static String cut(String text) {
            return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
        }
    }

    private final Deque<Entry> entries = new ArrayDeque<>();

    /**
     * Remembers a failure.
     *
     * @param at when
     * @param subject what it concerns
     * @param text what happened, without a secret
     */
    public synchronized void record(Instant at, String subject, String text) {
        if (entries.size() == CAPACITY) {
            entries.removeLast();
        }
        entries.addFirst(new Entry(at, subject, text));
    }

    /**
     * Returns the newest failures.
     *
     * @param limit at most that many
     * @return newest first
     */
    public synchronized List<Entry> newest(int limit) {
        return entries.stream().limit(limit).toList();
    }
}
