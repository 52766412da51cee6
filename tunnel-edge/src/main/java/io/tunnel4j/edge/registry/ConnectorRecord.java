package io.tunnel4j.edge.registry;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is known about a connector process, whichever of its connections told it. Thread-safe. */
public final class ConnectorRecord {
    private final UUID clientId;
    private final Instant firstSeen;
    private volatile @Nullable String localConfiguration;
    private volatile @Nullable ConfigurationOutcome lastOutcome;

    /** The version that is being pushed, or was pushed and answered; -1 for none. Guarded by this. */
    private int pushedVersion = -1;

    ConnectorRecord(UUID clientId, Instant firstSeen) {
        this.clientId = clientId;
        this.firstSeen = firstSeen;
    }

    /** True for the first caller with a newer version: it pushes. */
    synchronized boolean claim(int version) {
        if (version <= pushedVersion) {
            return false;
        }
        pushedVersion = version;
        return true;
    }

    /** A push that got no answer may be tried again on another connection. */
    synchronized void unclaim(int version) {
        if (pushedVersion == version) {
            pushedVersion = version - 1;
        }
    }

    void localConfiguration(String json) {
        localConfiguration = json;
    }

    void outcome(ConfigurationOutcome outcome) {
        lastOutcome = outcome;
    }

    /**
     * Returns which connector this is.
     *
     * @return its id
     */
    public UUID clientId() {
        return clientId;
    }

    /**
     * Returns when its first connection registered.
     *
     * @return the time
     */
    public Instant firstSeen() {
        return firstSeen;
    }

    /**
     * Returns the configuration it runs with, as it reported it.
     *
     * @return JSON; null if it has not reported any
     */
    public @Nullable String localConfiguration() {
        return localConfiguration;
    }

    /**
     * Returns what it made of the last pushed configuration.
     *
     * @return the outcome; null if nothing was pushed or answered
     */
    public @Nullable ConfigurationOutcome lastOutcome() {
        return lastOutcome;
    }
}
