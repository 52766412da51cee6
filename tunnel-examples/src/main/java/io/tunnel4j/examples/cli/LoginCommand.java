package io.tunnel4j.examples.cli;

import io.tunnel4j.OriginCertificate;
import io.tunnel4j.TunnelLogin;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code tunnel login}: fetches the certificate that manages tunnels. */
@Command(name = "login", description = "choose a zone in the browser and fetch cert.pem, which manages its tunnels")
final class LoginCommand implements Callable<Integer> {
    @Option(names = "--loginURL", hidden = true, paramLabel = "URL", description = "the dashboard's page")
    private @Nullable URI dashboard;

    @Option(
            names = "--callbackURL",
            hidden = true,
            paramLabel = "URL",
            description = "where the certificate is fetched")
    private @Nullable URI callback;

    @Option(names = "--api-ca", hidden = true, paramLabel = "FILE", description = "additional roots (PEM)")
    private List<Path> certificates = List.of();

    private final Terminal terminal;

    LoginCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Path file = terminal.configurationDirectory().resolve("cert.pem");
        if (Files.exists(file)) {
            terminal.say(
                    "You have an existing certificate at %s which login would overwrite.%n"
                            + "If this is intentional, please move or delete that file then run this command again.",
                    file);
            return ExitCode.OK; // as the reference does
        }
        TunnelLogin.Builder login = TunnelLogin.builder(address -> {
                    terminal.say("Open this address and choose a zone; this command waits for it:%n%n%s%n", address);
                    Browser.open(address);
                })
                .caPool(certificates.toArray(Path[]::new));
        if (dashboard != null) {
            login.dashboard(dashboard);
        }
        if (callback != null) {
            login.transferStore(callback);
        }
        CompletableFuture<OriginCertificate> started = login.build().start();
        OriginCertificate certificate =
                Progress.awaiting(terminal, "you to choose a zone in the browser, at the address above", started::join);
        Files.createDirectories(file.getParent());
        certificate.writeTo(file);
        terminal.say("You are logged in. The certificate is in %s", file);
        return ExitCode.OK;
    }
}
