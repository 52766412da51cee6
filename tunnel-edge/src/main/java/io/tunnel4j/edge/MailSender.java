package io.tunnel4j.edge;

import java.util.concurrent.CompletionStage;

/** Sends the mails with one-time PINs. Thread-safe; may be called on an event loop, so it must not block. */
@FunctionalInterface
public interface MailSender {
    /**
     * Sends a mail.
     *
     * @param recipient one address
     * @param subject one line
     * @param text plain text
     * @return completed when a server has taken the mail over, failed if none has
     */
    CompletionStage<Void> send(String recipient, String subject, String text);
}
