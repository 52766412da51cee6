package io.tunnel4j.examples.sshproxy;

import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import java.nio.file.Path;

/** A ProxyCommand: standard input and output become the connection; everything said to a person goes to standard error. */
public final class SshProxy {
    private SshProxy() {}

    /**
     * Runs until the server ends the connection.
     *
     * @param args hostname of the application [PEM file of the edge's root]
     */
    @SuppressWarnings("SystemConsoleNull") // JDK 17 says so by null; later ones only lose the hint
    public static void main(String[] args) {
        if (System.console() != null) {
            System.err.println("Next: ssh -o 'ProxyCommand=java -jar tunnel.jar example sshproxy %h' " + args[0]);
        }
        AccessConnector.Builder builder = AccessConnector.builder()
                .serviceTokenFromEnvironment()
                .login(LoginPrompt.browser(System.err))
                .tokenStore(TokenStore.userHome());
        if (args.length > 1) {
            builder.caPool(Path.of(args[1]));
        }
        try (AccessConnector access = builder.build()) {
            access.pipe(AccessTarget.of(args[0]), System.in, System.out);
        }
    }
}
