package io.tunnel4j.access.login;

/** Sends requests and waits for their answers. Thread-safe; blocks its caller. */
@FunctionalInterface
interface HttpTransport {
    /** Largest answer; a key set with its certificates has some 5 KiB. */
    int MAX_BODY_BYTES = 1 << 20;

    /**
     * Sends a request.
     *
     * @param call the request; redirects are not followed
     * @param attempt ends the wait early
     * @return the answer, whatever its status
     * @throws io.tunnel4j.TunnelException if there is no answer: unreachable, not trusted, too late, or the attempt has ended
     */
    HttpAnswer send(HttpCall call, LoginAttempt attempt);
}
