package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.LoginPrompt;
import java.io.Flushable;
import java.io.IOException;
import java.net.URI;

/** Writes the reference's texts. Thread-safe. */
public final class ConsolePrompt implements LoginPrompt {
    private final Appendable out;

    /**
     * Creates the prompt.
     *
     * @param out where the texts go
     */
    public ConsolePrompt(Appendable out) {
        this.out = out;
    }

    @Override
    public void show(Request request) {
        write(
                "Please open the following URL and log in with your Cloudflare account:",
                request.address(),
                "Leave cloudflared running to download the token automatically.");
    }

    @Override
    public void alreadyShown(Request request) {
        write(
                "Another process is already waiting for authentication. If its browser window did not open, please visit"
                        + " the following URL:",
                request.address(),
                "This process goes on as soon as the login is done.");
    }

    void opened(Request request) {
        write(
                "A browser window should have opened at the following URL:",
                request.address(),
                "If the browser failed to open, please visit the URL above directly in your browser.");
    }

    private void write(String before, URI address, String after) {
        synchronized (out) {
            try {
                out.append(before + "\n\n" + address + "\n\n" + after + "\n");
                if (out instanceof Flushable flushable) {
                    flushable.flush();
                }
            } catch (IOException e) {
                throw new TunnelException(
                        TunnelErrorCode.LOGIN_DECLINED, "login: the address could not be shown: " + e.getMessage(), e);
            }
        }
    }
}
