package io.tunnel4j.edge;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for changes of the state on behalf of a caller that may block. Stateless. */
final class StateChanges {
    private static final long SECONDS = 30;

    private StateChanges() {}

    static <T> T await(CompletionStage<T> change) {
        try {
            return change.toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TunnelException(TunnelErrorCode.TIMEOUT, "interrupted while the store was changed", e);
        } catch (TimeoutException e) {
            throw new TunnelException(TunnelErrorCode.TIMEOUT, "the store did not answer within " + SECONDS + " s", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new TunnelException(TunnelErrorCode.TIMEOUT, "the store failed", e.getCause());
        }
    }
}
