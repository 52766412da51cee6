package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.access.login.BrowserPrompt;
import io.tunnel4j.access.login.ConsolePrompt;
import io.tunnel4j.access.login.NobodyPrompt;
import java.net.URI;

/**
 * Brings the address of a login before the person who is to log in.
 *
 * <p>Called on a thread of the login, never on an event loop, and may block as long as it likes; the login goes on meanwhile only after
 * {@link #show} has returned. What it throws ends the login: a {@link io.tunnel4j.TunnelException} as it is, anything else as
 * {@link io.tunnel4j.TunnelErrorCode#LOGIN_DECLINED}.
 */
@FunctionalInterface
public interface LoginPrompt {
    /**
     * Starts the system's browser.
     *
     * @return a prompt whose login fails if no browser can be started
     */
    static LoginPrompt browser() {
        return BrowserPrompt.silent();
    }

    /**
     * Starts the system's browser, and writes the address for the case that it does not open.
     *
     * @param out where the texts go, usually {@code System.err}; only one text is written at a time
     * @return a prompt that falls back to the text
     */
    static LoginPrompt browser(Appendable out) {
        return BrowserPrompt.with(requireNonNull(out, "out"));
    }

    /**
     * Writes the address and opens nothing: for machines without a browser.
     *
     * @param out where the texts go, usually {@code System.err}; only one text is written at a time
     * @return a prompt that writes
     */
    static LoginPrompt console(Appendable out) {
        return new ConsolePrompt(requireNonNull(out, "out"));
    }

    /**
     * Asks nobody: what takes a person fails at once, with {@link io.tunnel4j.TunnelErrorCode#TOKEN_REVOKED} if the edge has just refused the
     * stored token, else with {@link io.tunnel4j.TunnelErrorCode#LOGIN_DECLINED}. For services, which use what a person's login left behind.
     *
     * @return a prompt that shows nothing
     */
    static LoginPrompt nobody() {
        return NobodyPrompt.INSTANCE;
    }

    /**
     * Shows where to log in. One call for each login, however many threads and processes wait for it.
     *
     * @param request the address, and a way to give up
     */
    void show(Request request);

    /**
     * Hears that another process has already asked. Does nothing unless overridden.
     *
     * @param request the address that the other process shows; to cancel it ends only this process's waiting
     */
    default void alreadyShown(Request request) {}

    /** A login that waits for a person. Thread-safe. */
    final class Request {
        private final URI application;
        private final URI address;
        private final Runnable cancel;

        /**
         * Creates a request.
         *
         * @param application the application that is to be reached
         * @param address where to log in
         * @param cancel gives up
         */
        public Request(URI application, URI address, Runnable cancel) {
            this.application = requireNonNull(application, "application");
            this.address = requireNonNull(address, "address");
            this.cancel = requireNonNull(cancel, "cancel");
        }

        /**
         * Returns what is to be reached.
         *
         * @return the application's URL
         */
        public URI application() {
            return application;
        }

        /**
         * Returns where to log in. Whoever opens it hands the login to this process: not for logs.
         *
         * @return an {@code https} URL
         */
        public URI address() {
            return address;
        }

        /** Gives up: the login fails with {@link io.tunnel4j.TunnelErrorCode#LOGIN_DECLINED}. */
        public void cancel() {
            cancel.run();
        }

        /** Tells the application, not the address. */
        @Override
        public String toString() {
            return "Request[application=" + application.getHost() + "]";
        }
    }
}
