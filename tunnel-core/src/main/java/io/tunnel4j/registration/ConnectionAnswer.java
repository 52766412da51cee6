package io.tunnel4j.registration;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelErrorCode;
import java.time.Duration;
import java.util.UUID;

/** The edge's decision about a {@link ConnectionRequest}. */
public sealed interface ConnectionAnswer {
    /** Cause text by which an edge says that it already has this connection. */
    String DUPLICATE_CAUSE = "EDUPCONN";

    /**
     * The connection belongs to the tunnel now.
     *
     * @param connectionId the edge's id for it
     * @param location short name of the edge's site, for logs
     * @param remotelyManaged true when the edge pushes the configuration and wants no local one
     */
    record Accepted(UUID connectionId, String location, boolean remotelyManaged) implements ConnectionAnswer {
        /** Checks. */
        public Accepted {
            requireNonNull(connectionId, "connectionId");
            requireNonNull(location, "location");
        }
    }

    /**
     * The edge refuses the connection.
     *
     * @param cause the edge's words
     * @param shouldRetry the edge's opinion on trying again
     * @param retryAfter the wait the edge suggests; zero when it has no opinion
     */
    record Refused(String cause, boolean shouldRetry, Duration retryAfter) implements ConnectionAnswer {
        /** What edges write, somewhere in the cause, when the credentials do not fit. */
        private static final String UNAUTHORIZED_WORD = "Unauthorized";

        /** Checks. */
        public Refused {
            requireNonNull(cause, "cause");
            requireNonNull(retryAfter, "retryAfter");
        }

        /**
         * Returns the refusal of a connection that the edge already has.
         *
         * @return the answer
         */
        public static Refused duplicate() {
            return new Refused(DUPLICATE_CAUSE, false, Duration.ZERO);
        }

        /**
         * Returns the refusal of credentials that do not fit.
         *
         * @return the answer; it does not say which part does not fit
         */
        public static Refused unauthorized() {
            return new Refused(UNAUTHORIZED_WORD + ": Invalid tunnel secret", false, Duration.ZERO);
        }

        /**
         * Classifies the refusal. The wire tells two kinds apart by nothing but their text, so this is the one place that reads it.
         *
         * @return {@code DUPLICATE_CONNECTION}, {@code UNAUTHORIZED}, {@code REGISTRATION_REFUSED_RETRYABLE} or
         *     {@code REGISTRATION_REFUSED}
         */
        public TunnelErrorCode code() {
            if (cause.equals(DUPLICATE_CAUSE)) {
                return TunnelErrorCode.DUPLICATE_CONNECTION;
            }
            if (cause.contains(UNAUTHORIZED_WORD)) {
                return TunnelErrorCode.UNAUTHORIZED;
            }
            return shouldRetry ? TunnelErrorCode.REGISTRATION_REFUSED_RETRYABLE : TunnelErrorCode.REGISTRATION_REFUSED;
        }
    }
}
