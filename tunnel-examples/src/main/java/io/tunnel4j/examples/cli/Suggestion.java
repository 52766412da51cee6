package io.tunnel4j.examples.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The flag or word that a mistyped one is nearest to. */
final class Suggestion {
    /** More changed letters than this, and the nearest is no likely meaning. */
    private static final int MAX_DISTANCE = 3;

    private Suggestion() {}

    static String forFailure(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
            return "";
        }
        List<String> words = unmatched.getUnmatched();
        if (words.isEmpty()) {
            return "";
        }
        var spec = wrong.getCommandLine().getCommandSpec();
        Stream<String> known = words.get(0).startsWith("-")
                ? spec.optionsMap().keySet().stream()
                : Stream.concat(
                        spec.subcommands().keySet().stream(),
                        spec.parent() == null ? TunnelCommand.words().stream() : Stream.empty());
        return nearest(words.get(0), known)
                .map(name -> " (did you mean '" + name + "'?)")
                .orElse("");
    }

    static Optional<String> nearest(String word, Stream<String> known) {
        String bare = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
        return known.filter(name -> distance(bare, name) <= MAX_DISTANCE)
                .min(Comparator.comparingInt((String name) -> distance(bare, name))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Insertions, deletions and replacements between two words. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, 1 + Math.min(previous[j], current[j - 1]));
            }
            int[] swap = previous;
            previous = current;
            current = swap;
        }
        return previous[b.length()];
    }
}
