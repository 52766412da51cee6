package io.tunnel4j.examples.cli;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Flags of everything that may log in, and the login made of them. */
final class AccessLoginFlags {
    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec command;

    @Option(names = "--cacert", paramLabel = "FILE", description = "additional roots (PEM); also TUNNEL_ACCESS_CACERT")
    List<Path> caCertificates = List.of();

    @Option(
            names = "--auth-domain",
            paramLabel = "HOST",
            description = "team domain of a self-hosted edge; also TUNNEL_ACCESS_AUTH_DOMAIN")
    List<String> authDomains = List.of();

    @Option(
            names = "--transfer-store",
            paramLabel = "URL",
            description = "transfer store of a self-hosted edge; also TUNNEL_ACCESS_TRANSFER_STORE")
    @Nullable
    URI transferStore;

    @Option(names = "--fedramp", hidden = true, description = "the FedRAMP services")
    boolean fedramp;

    @Option(names = "--no-browser", description = "only shows the URL to log in at")
    boolean noBrowser;

    AccessLogin.Builder login(Terminal terminal) {
        LogOutput.configureIfNot("warn");
        Map<String, String> environment = terminal.environment();
        AccessLogin.Builder login = AccessLogin.builder()
                .tokenStore(TokenStore.directory(terminal.configurationDirectory()))
                .prompt(noBrowser ? LoginPrompt.console(terminal.err()) : LoginPrompt.browser(terminal.err()))
                .outboundProxy(OutboundProxy.fromEnvironment())
                .caPool(caCertificates(terminal).toArray(Path[]::new));
        try {
            List<String> domains =
                    authDomains.isEmpty() ? listed(environment.get("TUNNEL_ACCESS_AUTH_DOMAIN")) : authDomains;
            if (!domains.isEmpty()) {
                login.authDomains(domains.toArray(String[]::new));
            }
            String store = environment.get("TUNNEL_ACCESS_TRANSFER_STORE");
            if (transferStore != null) {
                login.transferStore(transferStore);
            } else if (store != null && !store.isEmpty()) {
                login.transferStore(URI.create(store));
            }
        } catch (IllegalArgumentException wrong) {
            throw Usage.wrong(String.valueOf(wrong.getMessage()));
        }
        if (fedramp || isFedrampGroup()) {
            login.fedramp();
        }
        return login;
    }

    /** What was given on the command line, so that another command of this group can be given the same; files by their whole path. */
    List<String> given() {
        List<String> words = new ArrayList<>();
        caCertificates.forEach(
                file -> words.addAll(List.of("--cacert", file.toAbsolutePath().toString())));
        authDomains.forEach(domain -> words.addAll(List.of("--auth-domain", domain)));
        if (transferStore != null) {
            words.addAll(List.of("--transfer-store", transferStore.toString()));
        }
        if (fedramp) {
            words.add("--fedramp");
        }
        if (noBrowser) {
            words.add("--no-browser");
        }
        return words;
    }

    List<Path> caCertificates(Terminal terminal) {
        return caCertificates.isEmpty()
                ? listed(terminal.environment().get("TUNNEL_ACCESS_CACERT")).stream()
                        .map(Path::of)
                        .toList()
                : caCertificates;
    }

    private static List<String> listed(@Nullable String value) {
        return value == null || value.isEmpty() ? List.of() : List.of(value.split(","));
    }

    private boolean isFedrampGroup() {
        CommandLine parent = command == null ? null : command.commandLine().getParent();
        return parent != null && parent.getCommand() instanceof AccessCommand group && group.isFedramp();
    }

    /** An application as commands name it: a host, or a URL. */
    static URI application(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            throw Usage.wrong("URL: missing (expected: the application's URL)");
        }
        try {
            return AccessTarget.of(text).uri();
        } catch (IllegalArgumentException wrong) {
            throw Usage.wrong(String.valueOf(wrong.getMessage()));
        }
    }
}
