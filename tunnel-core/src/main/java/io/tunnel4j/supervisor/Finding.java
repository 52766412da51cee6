package io.tunnel4j.supervisor;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.Diagnosis;
import io.tunnel4j.TunnelErrorCode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one step of a diagnosis went.
 *
 * @param kind what was tried
 * @param outcome how it went
 * @param subject whom it was tried with, empty for nobody
 * @param code what went wrong, or null
 * @param detail what was found
 * @param advice what to do, empty for nothing
 * @param elapsed how long it took
 */
public record Finding(
        Diagnosis.Kind kind,
        Diagnosis.Outcome outcome,
        String subject,
        @Nullable TunnelErrorCode code,
        String detail,
        String advice,
        Duration elapsed) {
    /** Checks. */
    public Finding {
        requireNonNull(kind, "kind");
        requireNonNull(outcome, "outcome");
    }

    static Finding passed(Diagnosis.Kind kind, String subject, String detail, Duration elapsed) {
        return new Finding(kind, Diagnosis.Outcome.PASSED, subject, null, detail, "", elapsed);
    }

    static Finding failed(Diagnosis.Kind kind, String subject, Problem problem, Duration elapsed) {
        return new Finding(
                kind, Diagnosis.Outcome.FAILED, subject, problem.code(), problem.detail(), problem.advice(), elapsed);
    }

    static Finding skipped(Diagnosis.Kind kind, String subject, String why) {
        return new Finding(kind, Diagnosis.Outcome.SKIPPED, subject, null, why, "", Duration.ZERO);
    }

    /** What went wrong and what helps. */
    record Problem(TunnelErrorCode code, String detail, String advice) {}
}
