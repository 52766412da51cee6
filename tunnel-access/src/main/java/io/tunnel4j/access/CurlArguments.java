package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands after {@code access curl}: perhaps {@code --allow-request}, then a URL, then anything that curl understands.
 *
 * <p>Immutable, thread-safe.
 */
public final class CurlArguments {
    private static final Pattern URL =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*://)([^/?#:\\[\\]]+|\\[[0-9A-Fa-f:.]+])([:/?#].*)?");
    private static final List<String> ALLOW_REQUEST = List.of("--allow-request", "-allow-request", "-ar", "--ar");

    private final URI url;
    private final List<String> arguments;

    private CurlArguments(URI url, List<String> arguments) {
        this.url = url;
        this.arguments = arguments;
    }

    /**
     * Reads the arguments.
     *
     * @param arguments what stands after {@code access curl}
     * @return the arguments
     * @throws IllegalArgumentException if the first, leaving out {@code --allow-request}, is no URL with scheme and host
     */
    public static CurlArguments parse(List<String> arguments) {
        boolean allowRequest = !arguments.isEmpty() && ALLOW_REQUEST.contains(arguments.get(0));
        List<String> forCurl = List.copyOf(arguments.subList(allowRequest ? 1 : 0, arguments.size()));
        if (forCurl.isEmpty()) {
            throw new IllegalArgumentException("incorrect args (expected: a URL, then curl's options)");
        }
        return new CurlArguments(url(forCurl.get(0)), forCurl);
    }

    private static URI url(String text) {
        if (text.startsWith("/")) {
            throw new IllegalArgumentException("not a valid host");
        }
        Matcher parts = URL.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("parse \"" + text + "\": invalid URI for request");
        }
        try {
            String host =
                    parts.group(2).startsWith("[") ? parts.group(2) : IDN.toASCII(parts.group(2), IDN.ALLOW_UNASSIGNED);
            return new URI(parts.group(1) + host + (parts.group(3) == null ? "" : parts.group(3)));
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new IllegalArgumentException("parse \"" + text + "\": invalid URI for request", e);
        }
    }

    /**
     * Returns where curl will go.
     *
     * @return the URL with its host in ASCII; the scheme as written
     */
    public URI url() {
        return url;
    }

    /**
     * Returns whom to ask for a token.
     *
     * @return the same URL with scheme {@code https}
     */
    public URI application() {
        String text = url.toString();
        return URI.create("https" + text.substring(text.indexOf("://")));
    }

    /**
     * Returns the command to run.
     *
     * @param token what to send along
     * @return {@code curl}, all arguments as written, and the token's header; holds a secret
     */
    public List<String> command(AccessToken token) {
        List<String> command = new ArrayList<>(arguments.size() + 3);
        command.add("curl");
        command.addAll(arguments);
        command.add("-H");
        command.add("Cf-Access-Token: " + requireNonNull(token, "token").compact());
        return command;
    }
}
