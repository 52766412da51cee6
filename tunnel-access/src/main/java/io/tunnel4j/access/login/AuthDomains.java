package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which auth domains an application may name. Immutable, thread-safe. */
public final class AuthDomains {
    private static final Pattern RULE = Pattern.compile("(\\.?[a-z0-9_-]+(?:\\.[a-z0-9_-]+)*)(?::([0-9]{1,5}))?");
    private static final Pattern AUTHORITY = Pattern.compile("(?:[^@]*@)*([A-Za-z0-9._-]*)(?::[0-9]*)?");

    /** Where Cloudflare's teams are. */
    public static final AuthDomains CLOUDFLARE = new AuthDomains(List.of(".cloudflareaccess.com"));

    private final List<Rule> rules;

    private record Rule(String host, int port) {
        boolean matches(String name) {
            return host.startsWith(".") ? name.endsWith(host) : name.equals(host);
        }
    }

    /**
     * Sets the rules.
     *
     * @param rules each {@code .example.com} for every host below, or {@code auth.example.com} for one; with {@code :port} if not 443
     * @throws IllegalArgumentException if a rule is neither
     */
    public AuthDomains(List<String> rules) {
        this.rules = rules.stream().map(AuthDomains::rule).toList();
    }

    private static Rule rule(String text) {
        Matcher matcher = RULE.matcher(text.toLowerCase(Locale.ROOT));
        int port = 0;
        if (matcher.matches()) {
            port = matcher.group(2) == null ? AuthDomain.HTTPS : Integer.parseInt(matcher.group(2));
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(
                    "authDomain: " + text + " (expected: .example.com or auth.example.com[:port])");
        }
        return new Rule(matcher.group(1), port);
    }

    /** Accepts what metadata or a redirect names, or throws. Port, path, user information and fragment are discarded. */
    AuthDomain accept(String claimed) {
        String host = host(claimed);
        return rules.stream()
                .filter(rule -> rule.matches(host))
                .findFirst()
                .map(rule -> new AuthDomain(host, rule.port()))
                .orElseThrow(() -> untrusted("auth_domain \"" + Uris.printable(claimed) + "\" does not end with "
                        + rules.stream().map(rule -> "\"" + rule.host() + "\"").collect(Collectors.joining(" or "))));
    }

    boolean accepts(String host) {
        return rules.stream().anyMatch(rule -> rule.matches(host.toLowerCase(Locale.ROOT)));
    }

    private static String host(String claimed) {
        Matcher authority = AUTHORITY.matcher(claimed.split("[/?#]", 2)[0]);
        if (!authority.matches()) {
            throw untrusted("failed to parse auth_domain \"" + Uris.printable(claimed) + "\"");
        }
        return authority.group(1).toLowerCase(Locale.ROOT);
    }

    private static TunnelException untrusted(String message) {
        return new TunnelException(TunnelErrorCode.EDGE_UNTRUSTED, message);
    }
}
