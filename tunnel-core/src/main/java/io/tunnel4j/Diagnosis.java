package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What stands between this machine and a registered connection, found by walking the way once: names, TCP, TLS, the tunnel protocol, the
 * credentials. Immutable. {@link #toString()} holds no secret.
 *
 * @see TunnelConnector#diagnose()
 */
public final class Diagnosis {
    /** The parts of the way, in their order. */
    public enum Kind {
        /** The edge's addresses are found. */
        DNS,
        /** An address of the edge takes a TCP connection, through the proxy if one is set. */
        TCP,
        /** The edge proves its name. */
        TLS,
        /** The edge speaks the tunnel protocol. */
        PROTOCOL,
        /** The edge accepts the credentials. */
        CREDENTIALS
    }

    /** How a step went. */
    public enum Outcome {
        /** As it should. */
        PASSED,
        /** It did not work; {@link Step#advice()} says what to do. */
        FAILED,
        /** It was not tried, because an earlier one failed. */
        SKIPPED
    }

    private final List<Step> steps;

    Diagnosis(List<Step> steps) {
        this.steps = List.copyOf(steps);
    }

    /**
     * Returns what was tried.
     *
     * @return at least one step of each kind, in the order of the kinds; TCP and TLS once for each address that was tried
     */
    public List<Step> steps() {
        return steps;
    }

    /**
     * Tells whether a connection can be registered. Single addresses may have failed all the same.
     *
     * @return true if the edge accepted the credentials
     */
    public boolean canConnect() {
        return steps.stream().anyMatch(step -> step.kind() == Kind.CREDENTIALS && step.outcome() == Outcome.PASSED);
    }

    /**
     * Returns the first step that failed.
     *
     * @return the step, or null when none did
     */
    public @Nullable Step firstFailure() {
        return steps.stream()
                .filter(step -> step.outcome() == Outcome.FAILED)
                .findFirst()
                .orElse(null);
    }

    /**
     * Returns the whole as text for a person.
     *
     * @return a line for each step, and below each failure what to do; without a line break at the end
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Step step : steps) {
            if (!text.isEmpty()) {
                text.append('\n');
            }
            text.append(step);
        }
        return text.toString();
    }

    /** One part of the way. Immutable. */
    public static final class Step {
        private final Kind kind;
        private final Outcome outcome;
        private final String subject;
        private final @Nullable TunnelErrorCode code;
        private final String detail;
        private final String advice;
        private final Duration elapsed;

        private Step(Builder builder) {
            kind = builder.kind;
            outcome = builder.outcome;
            subject = builder.subject;
            code = builder.code;
            detail = builder.detail;
            advice = builder.advice;
            elapsed = builder.elapsed;
        }

        static Builder builder(Kind kind, Outcome outcome) {
            return new Builder(kind, outcome);
        }

        /**
         * Returns what was tried.
         *
         * @return the part of the way
         */
        public Kind kind() {
            return kind;
        }

        /**
         * Returns how it went.
         *
         * @return the outcome
         */
        public Outcome outcome() {
            return outcome;
        }

        /**
         * Returns whom it was tried with.
         *
         * @return the name asked for, or the address of the edge; empty for what was skipped
         */
        public String subject() {
            return subject;
        }

        /**
         * Returns what went wrong, as a code.
         *
         * @return null unless it failed
         */
        public @Nullable TunnelErrorCode code() {
            return code;
        }

        /**
         * Returns what was found.
         *
         * @return a sentence without its full stop
         */
        public String detail() {
            return detail;
        }

        /**
         * Returns what to do.
         *
         * @return one or more sentences; empty unless it failed
         */
        public String advice() {
            return advice;
        }

        /**
         * Returns how long it took.
         *
         * @return zero for what was skipped
         */
        public Duration elapsed() {
            return elapsed;
        }

        @Override
        public String toString() {
            String line = String.format(
                    Locale.ROOT,
                    "%-7s %-11s %s%s%s",
                    outcome,
                    kind,
                    subject,
                    subject.isEmpty() ? "" : ": ",
                    outcome == Outcome.SKIPPED ? detail : detail + " (" + elapsed.toMillis() + " ms)");
            return advice.isEmpty() ? line : line + "\n        " + advice;
        }

        static final class Builder {
            private final Kind kind;
            private final Outcome outcome;
            private String subject = "";
            private @Nullable TunnelErrorCode code;
            private String detail = "";
            private String advice = "";
            private Duration elapsed = Duration.ZERO;

            private Builder(Kind kind, Outcome outcome) {
                this.kind = requireNonNull(kind, "kind");
                this.outcome = requireNonNull(outcome, "outcome");
            }

            Builder subject(String value) {
                subject = value;
                return this;
            }

            Builder code(@Nullable TunnelErrorCode value) {
                code = value;
                return this;
            }

            Builder detail(String value) {
                detail = value;
                return this;
            }

            Builder advice(String value) {
                advice = value;
                return this;
            }

            Builder elapsed(Duration value) {
                elapsed = value;
                return this;
            }

            Step build() {
                return new Step(this);
            }
        }
    }
}
