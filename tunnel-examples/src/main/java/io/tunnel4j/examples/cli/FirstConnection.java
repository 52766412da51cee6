package io.tunnel4j.examples.cli;

import io.tunnel4j.Diagnosis;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Waits for a connector's first connection, and looks for the reason when there is none: a firewall in the way is no thing to wait for.
 *
 * <p>A connector that has once been connected retries for ever; this is only about the first time.
 */
final class FirstConnection {
    /** A healthy network needs less. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** From the start to the error; people have been promised 15 s. */
    private static final Duration LIMIT = Duration.ofSeconds(14);

    private final Terminal terminal;
    private final TunnelConnector connector;
    private final boolean keepsTrying;
    private final long deadline = System.nanoTime() + LIMIT.toNanos();
    private final CompletableFuture<Object> settled;

    private FirstConnection(
            Terminal terminal, TunnelConnector connector, CompletableFuture<Object> settled, boolean keepsTrying) {
        this.terminal = terminal;
        this.connector = connector;
        this.settled = settled;
        this.keepsTrying = keepsTrying;
    }

    /** Starts the connector. */
    static FirstConnection of(
            Terminal terminal, TunnelConnector connector, CompletableFuture<Void> stop, boolean keepsTrying) {
        CompletableFuture<Void> started = connector.start().toCompletableFuture();
        return new FirstConnection(terminal, connector, CompletableFuture.anyOf(started, stop), keepsTrying);
    }

    /**
     * Returns when it is connected, or told to stop.
     *
     * @throws TunnelException why it is not connected, and what to do
     */
    void await() throws InterruptedException {
        if (isDone(settled, PATIENCE)) {
            return;
        }
        terminal.say(
                "No connection to the edge after %d s; looking for the reason. This takes up to %d s.",
                PATIENCE.toSeconds(), LIMIT.minus(PATIENCE).toSeconds());
        CompletableFuture<Diagnosis> diagnosis = connector.diagnose().toCompletableFuture();
        if (isDone(
                        CompletableFuture.anyOf(settled, diagnosis),
                        Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))
                && isDone(settled, Duration.ZERO)) {
            return;
        }
        Diagnosis found = diagnosis.getNow(null);
        if (found != null) {
            terminal.say("%s", found);
        }
        if (found == null || !found.canConnect()) {
            TunnelException reason = reason(found);
            if (!keepsTrying) {
                throw reason;
            }
            terminal.say("%s%nStill trying, as --keep-trying says.", String.valueOf(reason.getMessage()));
        }
        joined(settled);
    }

    /** True once it is done; throws what it failed with. */
    private static boolean isDone(CompletableFuture<?> future, Duration limit) throws InterruptedException {
        try {
            future.get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        } catch (ExecutionException failed) {
            throw thrown(failed.getCause());
        }
    }

    private static void joined(CompletableFuture<?> future) {
        try {
            future.join();
        } catch (CompletionException failed) {
            throw thrown(failed.getCause());
        }
    }

    private static RuntimeException thrown(@Nullable Throwable cause) {
        if (!(cause instanceof TunnelException known)) {
            return new CompletionException(cause);
        }
        return known.code() == TunnelErrorCode.EDGE_UNTRUSTED
                ? new TunnelException(
                        known.code(),
                        "no connection to the edge: TLS: " + flagged(String.valueOf(known.getMessage()))
                                + ". If a device on the way takes TLS apart, exempt this connection from it.",
                        known)
                : known;
    }

    static TunnelException reason(@Nullable Diagnosis found) {
        Diagnosis.Step step = found == null ? null : found.firstFailure();
        if (step == null) {
            return new TunnelException(
                    TunnelErrorCode.EDGE_UNREACHABLE,
                    "no connection to the edge within " + LIMIT.toSeconds()
                            + " s, and names and addresses do not answer in time."
                            + " Allow DNS (port 53) and outbound TCP to port 7844, or go through a proxy (HTTPS_PROXY).");
        }
        TunnelErrorCode code = step.code();
        return new TunnelException(
                code == null ? TunnelErrorCode.EDGE_UNREACHABLE : code,
                "no connection to the edge: " + step.kind() + " " + step.subject() + ": " + step.detail() + ". "
                        + flagged(step.advice()));
    }

    /** Settings in the library's words, as the command line calls them. */
    static String flagged(String advice) {
        return advice.replace("(outboundProxy)", "(environment variable HTTPS_PROXY)")
                .replace("edgeCa", "--cacert")
                .replace("(edge)", "(--edge)")
                .replace("(rpcTimeout)", "(--rpc-timeout)")
                .replace("edgeIpVersion to AUTO", "--edge-ip-version to auto")
                .replace("edgeIpVersion", "--edge-ip-version")
                .replace("bindAddress", "--edge-bind-address");
    }
}
