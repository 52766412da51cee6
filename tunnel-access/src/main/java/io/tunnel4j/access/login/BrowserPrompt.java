package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.LoginPrompt;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** Opens the system's browser and writes where, or only writes if there is none. Thread-safe. */
public final class BrowserPrompt implements LoginPrompt {
    private final BrowserOpener opener;
    private final @Nullable ConsolePrompt console;

    BrowserPrompt(BrowserOpener opener, @Nullable Appendable out) {
        this.opener = opener;
        this.console = out == null ? null : new ConsolePrompt(out);
    }

    /**
     * Writes nothing.
     *
     * @return the prompt
     */
    public static BrowserPrompt silent() {
        return new BrowserPrompt(BrowserOpener.SYSTEM, null);
    }

    /**
     * Writes where the browser was sent.
     *
     * @param out where the texts go
     * @return the prompt
     */
    public static BrowserPrompt with(Appendable out) {
        return new BrowserPrompt(BrowserOpener.SYSTEM, out);
    }

    @Override
    public void show(Request request) {
        boolean started = opener.open(request.address());
        if (console != null && started) {
            console.opened(request);
        } else if (console != null) {
            console.show(request);
        } else if (!started) {
            throw new TunnelException(
                    TunnelErrorCode.LOGIN_DECLINED,
                    "login to " + request.application().getHost()
                            + ": no browser could be started (expected: a desktop, or LoginPrompt.console, or a service token)");
        }
    }

    @Override
    public void alreadyShown(Request request) {
        if (console != null) {
            console.alreadyShown(request);
        }
    }

    /** Starts a browser. */
    @FunctionalInterface
    interface BrowserOpener {
        /** What the desktop offers. */
        BrowserOpener SYSTEM = SystemBrowser::open;

        /**
         * Opens a page.
         *
         * @param address the page
         * @return true if a program was started; not that a page was seen
         */
        boolean open(URI address);
    }
}
