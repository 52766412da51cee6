package io.tunnel4j.examples.desktop;

import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.LoginPrompt;
import java.awt.Desktop;
import java.awt.GraphicsEnvironment;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import javax.swing.JOptionPane;
import javax.swing.SwingUtilities;

/** Lets a person log in to an application from a window of this program; without a display it only prints the address. */
public final class DesktopLogin {
    private DesktopLogin() {}

    /**
     * Logs in and tells who it was.
     *
     * @param args the application's URL [team domain of a self-hosted edge, PEM file of its root]
     */
    public static void main(String[] args) {
        AccessLogin.Builder builder = AccessLogin.builder()
                .prompt(GraphicsEnvironment.isHeadless() ? LoginPrompt.console(System.out) : DesktopLogin::ask);
        if (args.length > 2) {
            builder.authDomains(args[1])
                    .transferStore(URI.create("https://" + args[1]))
                    .caPool(Path.of(args[2]));
        }
        try (AccessLogin login = builder.build()) {
            AccessToken token =
                    login.login(URI.create(args[0])).toCompletableFuture().join();
            System.out.println("Hello " + token.email() + ", until " + token.expiresAt());
            System.out.println(
                    "Next: AccessConnector.builder().tokens(login); the token is stored, so nobody is asked again.");
        }
    }

    /** Returns at once, as prompts do: the login goes on while the window is open. */
    private static void ask(LoginPrompt.Request request) {
        SwingUtilities.invokeLater(() -> {
            String text = request.application().getHost() + " wants to know who you are. Open the browser?";
            int choice = JOptionPane.showConfirmDialog(null, text, "Log in", JOptionPane.OK_CANCEL_OPTION);
            try {
                if (choice == JOptionPane.OK_OPTION) {
                    Desktop.getDesktop().browse(request.address());
                } else {
                    request.cancel();
                }
            } catch (IOException e) {
                request.cancel();
            }
        });
    }
}
