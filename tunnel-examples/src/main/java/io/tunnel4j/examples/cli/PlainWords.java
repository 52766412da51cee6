package io.tunnel4j.examples.cli;

import io.tunnel4j.ConnectorFile;
import io.tunnel4j.TunnelException;
import io.tunnel4j.ingress.GoDuration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
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

    /** What a configuration file may hold beside its tunnel and rules. Each is a flag of one name. */
    private static final List<String> FILE_FLAGS =
            List.of("no-autoupdate", "loglevel", "metrics", "protocol", "grace-period", "logfile", "pidfile");

    private final Map<String, Consumer<String>> values = new HashMap<>();
    private final Set<String> switches = new HashSet<>();
    private final Set<String> lists = new HashSet<>();
    private final List<String> seen = new ArrayList<>();

    private PlainWords() {}

    /** The command, ready to be called; null if the words are not plain. */
    static @Nullable Callable<Integer> command(Terminal terminal, String... words) {
        if (words.length < 2) {
            return null;
        }
        if (words.length > 2 && words[0].equals("access") && STREAM_WORDS.contains(words[1])) {
            return stream(terminal, words);
        }
        return words[0].equals("tunnel") ? run(terminal, words) : null;
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

    /** {@code tunnel FLAGS run FLAGS}. */
    private static @Nullable Callable<Integer> run(Terminal terminal, String... words) {
        boolean isElsewhereToo = terminal.environment().keySet().stream()
                .anyMatch(name -> FlagVariables.isVariable(name) && !name.equals("TUNNEL_JAVA_OPTS"));
        if (isElsewhereToo) {
            return null;
        }
        RunFlags flags = new RunFlags();
        List<String> edges = new ArrayList<>();
        PlainWords plain = new PlainWords();
        plain.values("--config", value -> flags.config = Path.of(value));
        plain.values("--token", value -> flags.token = value);
        plain.values("--token-file", value -> flags.tokenFile = Path.of(value));
        plain.values("--credentials-file --cred-file", value -> flags.credentialsFile = Path.of(value));
        plain.values("--edge", value -> edges.addAll(List.of(value.split(","))));
        plain.values("--cacert", value -> flags.caCertificate = Path.of(value));
        plain.values("--url", value -> flags.url = value);
        plain.values("--metrics", value -> flags.metrics = value);
        plain.values("--protocol", value -> flags.protocol = value);
        plain.values("--ha-connections", value -> flags.haConnections = number(value));
        plain.values("--loglevel", value -> flags.logLevel = value);
        plain.values("--logfile", value -> flags.logFile = Path.of(value));
        plain.values("--pidfile", value -> flags.pidFile = Path.of(value));
        plain.values("--grace-period", value -> flags.gracePeriod = GoDuration.parse(value));
        plain.switches.add("--no-autoupdate");
        plain.lists.add("--edge");
        if (!plain.readAround("run", words)) {
            return null;
        }
        ConnectorFile file = null;
        Path path = flags.config == null ? ConfigurationFiles.path(terminal) : flags.config;
        if (path != null) {
            file = plain.file(path);
            if (file == null) {
                return null;
            }
        }
        boolean hasCredentials = flags.token != null
                || flags.tokenFile != null
                || flags.credentialsFile != null
                || (file != null && file.credentialsFile().isPresent());
        boolean isUnderstood = (flags.gracePeriod != null || !plain.hasSeen("--grace-period"))
                && (flags.haConnections != null || !plain.hasSeen("--ha-connections"));
        if (!hasCredentials || !isUnderstood) {
            return null;
        }
        flags.edge = edges;
        ConnectorFile read = file;
        return () -> new TunnelRun(terminal, flags).runPlain(read);
    }

    /** The file, whose flags stand behind those of the command line; null if it cannot be read, or has others than the usual ones. */
    private @Nullable ConnectorFile file(Path path) {
        ConnectorFile file;
        try {
            file = ConnectorFile.read(path);
        } catch (TunnelException wrong) {
            return null;
        }
        for (Map.Entry<String, String> flag : file.flags().entrySet()) {
            String name = "--" + flag.getKey();
            if (!FILE_FLAGS.contains(flag.getKey())) {
                return null;
            }
            Consumer<String> setter = values.get(name);
            if (setter != null && !hasSeen(name)) {
                seen.add(name);
                setter.accept(flag.getValue());
            }
        }
        return file;
    }

    private static @Nullable Integer number(String digits) {
        try {
            return Integer.valueOf(digits);
        } catch (NumberFormatException wrong) {
            return null;
        }
    }

    private void values(String names, Consumer<String> setter) {
        for (String name : names.split(" ")) {
            values.put(name, setter);
        }
    }

    private boolean hasSeen(String name) {
        return seen.contains(name);
    }

    /** Takes flags from the third word on; false at anything else. A flag that comes twice is not plain. */
    private boolean read(String... words) {
        return read(2, words.length, words);
    }

    /** Takes flags from the second word on, between which one word stands. What is given on both sides of it is not plain, lists included. */
    private boolean readAround(String word, String... words) {
        int at = 1;
        while (at < words.length && !words[at].equals(word)) {
            at++;
        }
        if (at == words.length || !read(1, at, words)) {
            return false;
        }
        lists.removeAll(seen);
        return read(at + 1, words.length, words);
    }

    private boolean read(int from, int to, String... words) {
        for (int i = from; i < to; i++) {
            String word = words[i];
            if (switches.contains(word)) {
                continue;
            }
            int equals = word.startsWith("--") ? word.indexOf('=') : -1;
            String name = equals < 0 ? word : word.substring(0, equals);
            Consumer<String> setter = values.get(name);
            boolean hasValue = equals >= 0 || (i + 1 < to && !words[i + 1].startsWith("-"));
            if (setter == null || !hasValue || (seen.contains(name) && !lists.contains(name))) {
                return false;
            }
            seen.add(name);
            setter.accept(equals >= 0 ? word.substring(equals + 1) : words[++i]);
        }
        return true;
    }
}
