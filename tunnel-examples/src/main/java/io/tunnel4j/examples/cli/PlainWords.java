package io.tunnel4j.examples.cli;

import io.tunnel4j.ingress.GoDuration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the two command lines that people wait for most, a ProxyCommand's and a connector's, without the library that reads all the others:
 * that one takes longer than the rest of the start. Whatever is not plain (other flags, mistakes, environment, files) is left to it.
 */
final class PlainWords {
    private static final Set<String> STREAM_WORDS = Set.of("ssh", "tcp", "rdp", "smb");

    private final Map<String, Consumer<String>> values = new HashMap<>();
    private final List<String> seen = new ArrayList<>();

    private PlainWords() {}

    /** The command, ready to be called; null if the words are not plain. */
    static @Nullable Callable<Integer> command(Terminal terminal, String... words) {
        if (words.length < 3) {
            return null;
        }
        if (words[0].equals("access") && STREAM_WORDS.contains(words[1])) {
            return stream(terminal, words);
        }
        if (words[0].equals("tunnel") && words[1].equals("run")) {
            return run(terminal, words);
        }
        return null;
    }

    /** Whether standard output may be one end of a connection. */
    static boolean isPipe(String... words) {
        return words.length > 1
                && (words[0].equals("access") || words[0].equals("forward"))
                && STREAM_WORDS.contains(words[1]);
    }

    private static @Nullable Callable<Integer> stream(Terminal terminal, String... words) {
        AccessTcpCommand command = new AccessTcpCommand(terminal);
        List<String> headers = new ArrayList<>();
        List<Path> certificates = new ArrayList<>();
        List<String> domains = new ArrayList<>();
        PlainWords plain = new PlainWords();
        plain.values("--hostname --tunnel-host -T", value -> command.hostname = value);
        plain.values("--destination", value -> command.destination = value);
        plain.values("--header -H", headers::add);
        plain.values("--service-token-id --id", value -> command.request.tokenId = value);
        plain.values("--service-token-secret --secret", value -> command.request.tokenSecret = value);
        plain.values("--connect-to", value -> command.request.connectTo = value);
        plain.values("--cacert", value -> certificates.add(Path.of(value)));
        plain.values("--auth-domain", domains::add);
        if (!plain.read(words)) {
            return null;
        }
        command.request.headers = headers;
        command.login.caCertificates = certificates;
        command.login.authDomains = domains;
        return command;
    }

    private static @Nullable Callable<Integer> run(Terminal terminal, String... words) {
        boolean isElsewhereToo = terminal.environment().keySet().stream()
                        .anyMatch(name -> FlagDefaults.isVariable(name) && !name.equals("TUNNEL_JAVA_OPTS"))
                || ConfigurationFiles.path(terminal) != null;
        if (isElsewhereToo) {
            return null;
        }
        RunFlags flags = new RunFlags();
        List<String> edges = new ArrayList<>();
        PlainWords plain = new PlainWords();
        plain.values("--token", value -> flags.token = value);
        plain.values("--token-file", value -> flags.tokenFile = Path.of(value));
        plain.values("--credentials-file --cred-file", value -> flags.credentialsFile = Path.of(value));
        plain.values("--edge", value -> edges.addAll(List.of(value.split(","))));
        plain.values("--cacert", value -> flags.caCertificate = Path.of(value));
        plain.values("--url", value -> flags.url = value);
        plain.values("--metrics", value -> flags.metrics = value);
        plain.values("--loglevel", value -> flags.logLevel = value);
        plain.values("--logfile", value -> flags.logFile = Path.of(value));
        plain.values("--pidfile", value -> flags.pidFile = Path.of(value));
        plain.values("--grace-period", value -> flags.gracePeriod = GoDuration.parse(value));
        boolean hasCredentials =
                plain.read(words) && (flags.token != null || flags.tokenFile != null || flags.credentialsFile != null);
        boolean isGraceMeant = flags.gracePeriod != null || !plain.hasSeen("--grace-period");
        if (!hasCredentials || !isGraceMeant) {
            return null;
        }
        flags.edge = edges;
        return () -> new TunnelRun(terminal, flags).runPlain();
    }

    private void values(String names, Consumer<String> setter) {
        for (String name : names.split(" ")) {
            values.put(name, setter);
        }
    }

    private boolean hasSeen(String name) {
        return seen.contains(name);
    }

    /** Takes flags with values from the third word on; false at anything else. A flag that comes twice is not plain. */
    private boolean read(String... words) {
        for (int i = 2; i < words.length; i++) {
            String word = words[i];
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            String name = equals < 0 ? word : word.substring(0, equals);
            Consumer<String> setter = values.get(name);
            boolean hasValue = equals >= 0 || (i + 1 < words.length && !words[i + 1].startsWith("-"));
            if (setter == null || !hasValue || seen.contains(name)) {
                return false;
            }
            seen.add(name);
            setter.accept(equals >= 0 ? word.substring(equals + 1) : words[++i]);
        }
        return true;
    }
}
