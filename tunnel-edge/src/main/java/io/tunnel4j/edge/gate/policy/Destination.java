package io.tunnel4j.edge.gate.policy;

import java.util.Comparator;
import java.util.Locale;

/**
 * What an application protects: a host with an optional path, either with stars. Immutable.
 *
 * @param text as configured
 * @param host lower case, possibly with stars that each stand for (part of) one label
 * @param path without a slash at its end; empty for all paths
 */
record Destination(String text, String host, String path) {
    /** Most specific first: exact hosts, longer hosts, longer paths, paths without stars. */
    static final Comparator<Destination> MOST_SPECIFIC_FIRST = Comparator.comparing(Destination::hasHostWildcard)
            .thenComparing(destination -> destination.host.length(), Comparator.reverseOrder())
            .thenComparing(destination -> destination.path.replace("*", "").length(), Comparator.reverseOrder())
            .thenComparing(destination -> destination.path.indexOf('*') >= 0);

    static Destination parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        String path = slash < 0 ? "" : text.substring(slash);
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        return new Destination(text, host.toLowerCase(Locale.ROOT), path);
    }

    boolean hasHostWildcard() {
        return host.indexOf('*') >= 0;
    }

    boolean matchesHost(String requested) {
        if (!hasHostWildcard()) {
            return host.equals(requested);
        }
        String[] patterns = host.split("\\.", -1);
        String[] labels = requested.split("\\.", -1);
        if (patterns.length != labels.length) {
            return false;
        }
        for (int i = 0; i < patterns.length; i++) {
            if (labels[i].isEmpty() || !Glob.matches(patterns[i], labels[i])) {
                return false;
            }
        }
        return true;
    }

    /** A path covers what lies below it. */
    boolean matchesPath(String requested, boolean ignoreCase) {
        if (path.isEmpty()) {
            return true;
        }
        String pattern = ignoreCase ? path.toLowerCase(Locale.ROOT) : path;
        String candidate = ignoreCase ? requested.toLowerCase(Locale.ROOT) : requested;
        if (pattern.indexOf('*') < 0) {
            return candidate.startsWith(pattern)
                    && (candidate.length() == pattern.length() || candidate.charAt(pattern.length()) == '/');
        }
        return Glob.matches(pattern, candidate) || Glob.matches(pattern + "/*", candidate);
    }
}
