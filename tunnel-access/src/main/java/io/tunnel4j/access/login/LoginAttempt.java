package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.Ticker;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How long a login may go on: to its deadline, or until somebody gives up. Thread-safe. */
final class LoginAttempt {
    private final Ticker ticker;
    private final Pacer pacer;
    private final long deadlineNanos;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    LoginAttempt(Ticker ticker, Pacer pacer, Duration limit) {
        this.ticker = ticker;
        this.pacer = pacer;
        this.deadlineNanos = ticker.nanos() + limit.toNanos();
    }

    /** Waits, unless told that there is no more reason to. */
    @FunctionalInterface
    interface Pacer {
        /** Waits in earnest. */
        Pacer SYSTEM = LoginAttempt::await;

        /**
         * Waits.
         *
         * @param time how long
         * @param ended ends the wait early
         * @throws InterruptedException if the thread was told to end
         */
        void pause(Duration time, CompletableFuture<Void> ended) throws InterruptedException;
    }

    private static void await(Duration time, CompletableFuture<Void> ended) throws InterruptedException {
        try {
            ended.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException over) {
            // Either is for the caller's next check.
        }
    }

    /** Ends the attempt with a reason; the first one counts. */
    void end(TunnelException reason) {
        ended.completeExceptionally(reason);
    }

    /** Completes exceptionally, with a {@link TunnelException}, when the attempt is given up. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    Duration remaining() {
        return Duration.ofNanos(Math.max(0, deadlineNanos - ticker.nanos()));
    }

    /** Waits no longer than the attempt lasts, then throws if it is over. */
    void pause(Duration time, String waitingFor) {
        check(waitingFor);
        Duration left = remaining();
        try {
            pacer.pause(time.compareTo(left) < 0 ? time : left, ended);
        } catch (InterruptedException e) {
            throw interrupted();
        }
        check(waitingFor);
    }

    /** Throws if the attempt is over. */
    void check(String waitingFor) {
        if (ended.isCompletedExceptionally()) {
            throw reason();
        }
        if (remaining().isZero()) {
            throw new TunnelException(
                    TunnelErrorCode.LOGIN_TIMED_OUT,
                    waitingFor + ": nobody finished the login in time (expected: a login in the browser; try again)");
        }
    }

    TunnelException reason() {
        try {
            ended.getNow(null);
        } catch (CompletionException e) {
            if (e.getCause() instanceof TunnelException reason) {
                return new TunnelException(reason.code(), String.valueOf(reason.getMessage()), reason);
            }
        }
        return new TunnelException(TunnelErrorCode.TERMINATED, "login: ended");
    }

    static TunnelException interrupted() {
        Thread.currentThread().interrupt();
        return new TunnelException(TunnelErrorCode.TERMINATED, "login: interrupted");
    }
}
