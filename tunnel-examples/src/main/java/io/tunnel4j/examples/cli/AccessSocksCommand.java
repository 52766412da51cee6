package io.tunnel4j.examples.cli;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessSocksProxy;
import io.tunnel4j.access.AccessTarget;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code access socks}: a local SOCKS5 proxy to protected applications, and to nothing else. */
@Command(name = "socks", description = "a local SOCKS5 proxy to several TCP applications")
final class AccessSocksCommand implements Callable<Integer> {
    private static final String DEFAULT_LISTENER = "localhost:1080";
    private static final Pattern NAMED = Pattern.compile("([A-Za-z0-9._-]+)=(.+)");

    @Option(
            names = {"--hostname", "--tunnel-host", "-T"},
            paramLabel = "[NAME=]HOST",
            description = "an application, and the name that programs ask for if it is another; repeatable")
    private List<String> applications = List.of();

    @Option(
            names = "--domain",
            paramLabel = "DOMAIN",
            description = "every name below it is the application of that name; repeatable")
    private List<String> domains = List.of();

    @Option(
            names = {"--url", "--listener", "-L"},
            paramLabel = "HOST:PORT",
            description = "local listener (default " + DEFAULT_LISTENER + ")")
    private @Nullable String url;

    @Parameters(index = "0", arity = "0..1", paramLabel = "HOST:PORT", description = "the same as --url")
    private @Nullable String positional;

    @Mixin
    private AccessTargetFlags request = new AccessTargetFlags();

    @Mixin
    private AccessLoginFlags login = new AccessLoginFlags();

    @Mixin
    private AccessLogFlags logs = new AccessLogFlags();

    private final Terminal terminal;

    AccessSocksCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        logs.configure();
        String listener = LocalListener.given(terminal, url, positional);
        InetSocketAddress address = HostAndPort.listener("--url", listener == null ? DEFAULT_LISTENER : listener);
        try (AccessLogin tokens = login.login(terminal).build();
                AccessConnector connector = AccessConnector.builder()
                        .outboundProxy(OutboundProxy.fromEnvironment())
                        .caPool(login.caCertificates(terminal).toArray(Path[]::new))
                        .tokens(tokens)
                        .build();
                AccessSocksProxy proxy = proxy(connector).listen(address).build()) {
            proxy.start();
            terminal.say("Start SOCKS listener host=%s:%d", address.getHostString(), proxy.port());
            StopSignal.await();
        }
        return ExitCode.OK;
    }

    private AccessSocksProxy.Builder proxy(AccessConnector connector) {
        List<String> named = applications;
        String variable = terminal.environment().getOrDefault("TUNNEL_SERVICE_HOSTNAME", "");
        if (named.isEmpty() && domains.isEmpty() && !variable.isEmpty()) {
            named = List.of(variable.split(","));
        }
        if (named.isEmpty() && domains.isEmpty()) {
            throw Usage.wrong("--hostname: missing (expected: an application's host, or --domain)");
        }
        AccessSocksProxy.Builder proxy = AccessSocksProxy.builder(connector).listener(new ForwarderLog());
        try {
            for (String application : named) {
                Matcher matcher = NAMED.matcher(application);
                boolean isNamed = matcher.matches();
                AccessTarget target = request.target(terminal, isNamed ? matcher.group(2) : application)
                        .build();
                proxy.map(isNamed ? matcher.group(1) : target.host(), target);
            }
            for (String domain : domains) {
                request.target(terminal, domain); // so that a wrong flag is named now
                proxy.applicationsBelow(
                        domain, host -> request.target(terminal, host).build());
            }
        } catch (IllegalArgumentException wrong) {
            throw Usage.wrong(String.valueOf(wrong.getMessage()));
        }
        return proxy;
    }
}
