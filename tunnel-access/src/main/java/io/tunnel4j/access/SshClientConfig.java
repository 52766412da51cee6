package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lines for {@code ~/.ssh/config} that make an SSH client go through Access. */
public final class SshClientConfig {
    private SshClientConfig() {}

    /**
     * Writes the advice for a plain connection.
     *
     * @param home the person's home directory
     * @param program how the command line is called
     * @param host the application's host; null for a placeholder
     * @return the text of {@code access ssh-config}
     */
    public static String plain(String home, String program, @Nullable String host) {
        return plain(home, program, host, List.of());
    }

    /**
     * Writes the advice for a plain connection that needs more options, such as the roots to trust for an edge of one's own.
     *
     * @param home the person's home directory
     * @param program how the command line is called
     * @param host the application's host; null for a placeholder
     * @param options flags and values for {@code access ssh}; quoted for the shell where they need it
     * @return the text of {@code access ssh-config}
     */
    public static String plain(String home, String program, @Nullable String host, List<String> options) {
        return head(home) + "Host " + (host == null ? "[your hostname]" : host) + "\n" + proxyCommand(program, options)
                + "\n";
    }

    /**
     * Writes the advice for a connection with a short-lived certificate.
     *
     * @param home the person's home directory
     * @param program how the command line is called
     * @param host the application's host; null for a placeholder
     * @return the text of {@code access ssh-config --short-lived-cert}
     */
    public static String shortLivedCertificate(String home, String program, @Nullable String host) {
        return shortLivedCertificate(home, program, host, List.of());
    }

    /**
     * Writes the advice for a connection with a short-lived certificate that needs more options.
     *
     * @param home the person's home directory
     * @param program how the command line is called
     * @param host the application's host; null for a placeholder
     * @param options flags and values for {@code access ssh} and {@code access ssh-gen}; quoted for the shell where they need it
     * @return the text of {@code access ssh-config --short-lived-cert}
     */
    public static String shortLivedCertificate(
            String home, String program, @Nullable String host, List<String> options) {
        return head(home)
                + "Match host " + (host == null ? "[your hostname]" : host) + " exec \"" + program
                + " access ssh-gen --hostname %h" + quoted(options) + "\"\n"
                + proxyCommand(program, options)
                + "  IdentityFile ~/.cloudflared/%h-cf_key\n"
                + "  CertificateFile ~/.cloudflared/%h-cf_key-cert.pub\n";
    }

    private static String head(String home) {
        return "\nAdd to your " + requireNonNull(home, "home") + "/.ssh/config:\n";
    }

    private static String proxyCommand(String program, List<String> options) {
        return "  ProxyCommand " + requireNonNull(program, "program") + " access ssh --hostname %h" + quoted(options)
                + "\n";
    }

    /** SSH expands percent signs, then a shell reads the line. */
    private static String quoted(List<String> options) {
        StringBuilder text = new StringBuilder();
        for (String option : options) {
            boolean isPlain = option.matches("[A-Za-z0-9._/:@,+-]+");
            String literal = option.replace("%", "%%");
            text.append(' ').append(isPlain ? literal : "'" + literal.replace("'", "'\\''") + "'");
        }
        return text.toString();
    }
}
