package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

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
        return head(home) + "Host " + (host == null ? "[your hostname]" : host) + "\n" + proxyCommand(program) + "\n";
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
        return head(home)
                + "Match host " + (host == null ? "[your hostname]" : host) + " exec \"" + program
                + " access ssh-gen --hostname %h\"\n"
                + proxyCommand(program)
                + "  IdentityFile ~/.cloudflared/%h-cf_key\n"
                + "  CertificateFile ~/.cloudflared/%h-cf_key-cert.pub\n";
    }

    private static String head(String home) {
        return "\nAdd to your " + requireNonNull(home, "home") + "/.ssh/config:\n";
    }

    private static String proxyCommand(String program) {
        return "  ProxyCommand " + requireNonNull(program, "program") + " access ssh --hostname %h\n";
    }
}
