package io.tunnel4j.examples.cli;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Flags of everything that may log in, and the login made of them. */
final class AccessLoginFlags {
    @Option(names = "--cacert", paramLabel = "FILE", description = "additional roots (PEM), for a self-hosted edge")
    List<Path> caCertificates = List.of();

    @Option(names = "--auth-domain", paramLabel = "HOST", description = "team domain of a self-hosted edge; repeatable")
    List<String> authDomains = List.of();

    @Option(names = "--transfer-store", paramLabel = "URL", description = "transfer store of a self-hosted edge")
    @Nullable
    URI transferStore;

    @Option(names = "--fedramp", hidden = true, description = "the FedRAMP services")
    boolean fedramp;

    @Option(names = "--no-browser", description = "only shows the URL to log in at")
    boolean noBrowser;

    AccessLogin.Builder login(Terminal terminal) {
        AccessLogin.Builder login = AccessLogin.builder()
                .tokenStore(TokenStore.directory(terminal.configurationDirectory()))
                .prompt(noBrowser ? LoginPrompt.console(terminal.err()) : LoginPrompt.browser(terminal.err()))
                .outboundProxy(OutboundProxy.fromEnvironment())
                .caPool(caCertificates.toArray(Path[]::new));
        if (!authDomains.isEmpty()) {
            login.authDomains(authDomains.toArray(String[]::new));
        }
        if (transferStore != null) {
            login.transferStore(transferStore);
        }
        if (fedramp) {
            login.fedramp();
        }
        return login;
    }

    /** An application as commands name it: a host, or a URL. */
    static URI application(CommandLine command, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            throw new ParameterException(command, "URL: missing (expected: the application's URL)");
        }
        try {
            return AccessTarget.of(text).uri();
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(command, wrong.getMessage());
        }
    }
}
