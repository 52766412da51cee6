package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.TrustRoots;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Authenticator;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Sends mail through an SMTP server. Thread-safe; one daemon thread of its own, which ends with {@link #close()} or when it has nothing to do.
 *
 * <p>Needs {@code org.eclipse.angus:angus-mail} on the class or module path.
 */
public final class SmtpMailSender implements MailSender, AutoCloseable {
    private static final int MAX_WAITING = 256;
    private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}+");

    private final Session session;
    private final String from;
    private final ThreadPoolExecutor worker;

    private SmtpMailSender(Builder builder) {
        String timeout = Long.toString(builder.timeout.toMillis());
        Properties properties = new Properties();
        properties.setProperty("mail.transport.protocol", "smtp");
        properties.setProperty("mail.smtp.host", builder.host);
        properties.setProperty("mail.smtp.port", Integer.toString(builder.port));
        properties.setProperty("mail.smtp.connectiontimeout", timeout);
        properties.setProperty("mail.smtp.timeout", timeout);
        properties.setProperty("mail.smtp.writetimeout", timeout);
        properties.setProperty("mail.smtp.ssl.enable", Boolean.toString(builder.security == Security.TLS));
        properties.setProperty("mail.smtp.starttls.enable", Boolean.toString(builder.security == Security.STARTTLS));
        properties.setProperty("mail.smtp.starttls.required", Boolean.toString(builder.security == Security.STARTTLS));
        properties.setProperty("mail.smtp.ssl.checkserveridentity", "true");
        if (builder.security != Security.NONE) {
            properties.put("mail.smtp.ssl.socketFactory", socketFactory(builder.trust.build()));
        }
        properties.setProperty("mail.smtp.auth", Boolean.toString(builder.credentials != null));
        this.session = Session.getInstance(properties, authenticator(builder.credentials));
        this.from = builder.from;
        this.worker =
                new ThreadPoolExecutor(1, 1, 10, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "tunnel-edge-mail");
                    thread.setDaemon(true);
                    return thread;
                });
        this.worker.allowCoreThreadTimeOut(true);
    }

    private static SSLSocketFactory socketFactory(TrustRoots trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust.trustManager()}, null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "mail: TLS cannot be set up", e);
        }
    }

    private static @Nullable Authenticator authenticator(@Nullable PasswordAuthentication credentials) {
        return credentials == null
                ? null
                : new Authenticator() {
                    @Override
                    protected PasswordAuthentication getPasswordAuthentication() {
                        return credentials;
                    }
                };
    }

    /**
     * Starts a sender that insists on STARTTLS.
     *
     * @param host of the SMTP server
     * @param port e.g. 587
     * @param from address in the mails' {@code From} field
     * @return a builder
     */
    public static Builder builder(String host, int port, String from) {
        return new Builder(host, port, from);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Fails with {@link TunnelException}: {@link TunnelErrorCode#INVALID_CREDENTIALS}, {@link TunnelErrorCode#ORIGIN_UNTRUSTED},
     * {@link TunnelErrorCode#TIMEOUT}, {@link TunnelErrorCode#RATE_LIMITED} when too many mails wait already, else
     * {@link TunnelErrorCode#ORIGIN_UNREACHABLE} with what the server said.
     */
    @Override
    public CompletionStage<Void> send(String recipient, String subject, String text) {
        try {
            return CompletableFuture.runAsync(() -> deliver(recipient, subject, text), worker);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(
                    worker.isShutdown()
                            ? new TunnelException(TunnelErrorCode.TERMINATED, "mail: the sender is closed", e)
                            : new TunnelException(
                                    TunnelErrorCode.RATE_LIMITED, "mail: " + MAX_WAITING + " mails wait already", e));
        }
    }

    private void deliver(String recipient, String subject, String text) {
        try {
            MimeMessage message = new MimeMessage(session);
            message.setFrom(new InternetAddress(from, true));
            message.setRecipient(Message.RecipientType.TO, new InternetAddress(recipient, true));
            message.setSubject(CONTROLS.matcher(subject).replaceAll(" "), StandardCharsets.UTF_8.name());
            message.setText(text, StandardCharsets.UTF_8.name());
            Transport.send(message);
        } catch (MessagingException e) {
            throw new TunnelException(code(e), "mail: the server did not take it: " + reason(e), e);
        }
    }

    /** The innermost failure has the server's own words. */
    private static String reason(MessagingException failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return String.valueOf(innermost.getMessage()).strip();
    }

    private static TunnelErrorCode code(MessagingException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof AuthenticationFailedException) {
                return TunnelErrorCode.INVALID_CREDENTIALS;
            } else if (cause instanceof SSLException) {
                return TunnelErrorCode.ORIGIN_UNTRUSTED;
            } else if (cause instanceof SocketTimeoutException) {
                return TunnelErrorCode.TIMEOUT;
            }
        }
        return TunnelErrorCode.ORIGIN_UNREACHABLE;
    }

    /** Sends no more; mails that wait are dropped. Idempotent. */
    @Override
    public void close() {
        worker.shutdownNow();
    }

    /** How the connection to the server is protected. */
    public enum Security {
        /** Not at all: for a server on this machine. */
        NONE,
        /** TLS is switched on after connecting, or nothing is sent. */
        STARTTLS,
        /** TLS from the first byte. */
        TLS
    }

    /** Builds an {@link SmtpMailSender}. Not thread-safe. */
    public static final class Builder {
        private final String host;
        private final int port;
        private final String from;
        private final TrustRoots.Builder trust = TrustRoots.builder();
        private Security security = Security.STARTTLS;
        private Duration timeout = Duration.ofSeconds(20);
        private @Nullable PasswordAuthentication credentials;

        private Builder(String host, int port, String from) {
            this.host = requireNonNull(host, "host");
            this.port = port;
            this.from = requireNonNull(from, "from");
        }

        /**
         * Sets how the connection is protected. Default: {@link Security#STARTTLS}.
         *
         * @param newSecurity the way
         * @return this
         */
        public Builder security(Security newSecurity) {
            this.security = requireNonNull(newSecurity, "newSecurity");
            return this;
        }

        /**
         * Sets who the edge is at the server. Default: nobody.
         *
         * @param user name
         * @param password secret
         * @return this
         */
        public Builder credentials(String user, String password) {
            this.credentials = new PasswordAuthentication(user, password);
            return this;
        }

        /**
         * Trusts further authorities, besides those of the JVM and the operating system.
         *
         * @param roots their certificates
         * @return this
         */
        public Builder caPool(X509Certificate... roots) {
            trust.certificates(roots);
            return this;
        }

        /**
         * Sets how long the server may take for each step of the dialogue. Default: 20 seconds.
         *
         * @param newTimeout at least a millisecond
         * @return this
         */
        public Builder timeout(Duration newTimeout) {
            if (newTimeout.toMillis() < 1) {
                throw new IllegalArgumentException("timeout: " + newTimeout + " (expected: >= 1 ms)");
            }
            this.timeout = newTimeout;
            return this;
        }

        /**
         * Builds the sender.
         *
         * @return the sender; connects for each mail
         */
        public SmtpMailSender build() {
            return new SmtpMailSender(this);
        }
    }
}
