package io.tunnel4j.ingress;

import io.tunnel4j.Ingress;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * What cloudflared's {@code config.yml} says. Needs the optional snakeyaml-engine.
 *
 * @param tunnel the tunnel's UUID or name, or null
 * @param credentialsFile the credentials file, or null
 * @param ingress the rules; without any when the file has none
 * @param hasIngress whether the file has rules
 * @param flags every other key with a plain value, as the value of the flag of that name
 * @param warnings what was not understood and left out
 */
public record ConfigFile(
        @Nullable String tunnel,
        @Nullable String credentialsFile,
        Ingress ingress,
        boolean hasIngress,
        Map<String, String> flags,
        List<String> warnings) {
    private static final int MAX_LENGTH = 4 << 20;
    private static final int MAX_ALIASES = 50;
    private static final int MAX_DEPTH = 32;
    /** Aliases share values, so that walking them may cost far more than reading: this bounds the walk. */
    private static final int MAX_VALUES = 1_000_000;

    private static final Set<String> WARP_ROUTING =
            Set.of("enabled", "connectTimeout", "maxActiveFlows", "tcpKeepAlive");

    /**
     * Creates the value.
     *
     * @param tunnel the tunnel's UUID or name, or null
     * @param credentialsFile the credentials file, or null
     * @param ingress the rules
     * @param hasIngress whether the file has rules
     * @param flags flag values
     * @param warnings what was left out
     */
    public ConfigFile {
        flags = Map.copyOf(flags);
        warnings = List.copyOf(warnings);
    }

    /**
     * Reads a file.
     *
     * @param yaml its text
     * @return what it says
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION}, naming line or rule
     */
    public static ConfigFile parse(String yaml) {
        ConfigNode document = new ConfigNode("", load(yaml), false);
        Map<String, String> flags = new LinkedHashMap<>();
        List<String> warnings = new ArrayList<>();
        for (Object key : document.map().keySet()) {
            String name = String.valueOf(key);
            switch (name) {
                case "tunnel", "credentials-file", "ingress", "originRequest" -> {
                    // Read below.
                }
                case "warp-routing" -> {
                    for (Object option : document.child(name).map().keySet()) {
                        if (!WARP_ROUTING.contains(String.valueOf(option))) {
                            warnings.add("warp-routing." + option + ": unknown key");
                        } else if (!"enabled".equals(option)) {
                            warnings.add(
                                    "warp-routing." + option
                                            + ": of no effect in a file (expected: max-active-flows, or a pushed configuration)");
                        }
                    }
                }
                default -> flag(name, document.map().get(key), flags, warnings);
            }
        }
        return new ConfigFile(
                textOrNull(document.child("tunnel")),
                textOrNull(document.child("credentials-file")),
                IngressReader.ingress(document),
                !document.child("ingress").list().isEmpty(),
                flags,
                warnings);
    }

    private static @Nullable Object load(String yaml) {
        if (yaml.length() > MAX_LENGTH) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "config file of " + yaml.length() + " characters (expected: up to " + MAX_LENGTH + ")");
        }
        LoadSettings settings = LoadSettings.builder()
                .setLabel("config file")
                .setMaxAliasesForCollections(MAX_ALIASES)
                .setCodePointLimit(MAX_LENGTH)
                .setAllowRecursiveKeys(false)
                .build();
        Object document;
        try {
            checkNesting(new Parse(settings).parseString(yaml));
            document = new Load(settings).loadFromString(yaml);
        } catch (YamlEngineException e) {
            // The message holds line and column.
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "config file: " + e.getMessage(), e);
        }
        count(document, 0, 0);
        return document;
    }

    /** Before anything is built of it: the library builds by recursion. */
    private static void checkNesting(Iterable<Event> events) {
        int depth = 0;
        for (Event event : events) {
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> {
                    if (++depth > MAX_DEPTH) {
                        throw tooLarge();
                    }
                }
                case MappingEnd, SequenceEnd -> depth--;
                default -> {
                    // Of no depth of its own.
                }
            }
        }
    }

    private static TunnelException tooLarge() {
        return new TunnelException(
                TunnelErrorCode.INVALID_CONFIGURATION,
                "config file: too large or too deep (expected: up to " + MAX_VALUES + " values, " + MAX_DEPTH
                        + " levels)");
    }

    private static int count(@Nullable Object value, int seen, int depth) {
        if (seen >= MAX_VALUES || depth > MAX_DEPTH) {
            throw tooLarge();
        }
        int total = seen + 1;
        Iterable<?> items =
                value instanceof Map<?, ?> map ? map.values() : value instanceof List<?> list ? list : List.of();
        for (Object item : items) {
            total = count(item, total, depth + 1);
        }
        return total;
    }

    private static @Nullable String textOrNull(ConfigNode node) {
        return node.isNull() ? null : node.text();
    }

    private static void flag(String name, @Nullable Object value, Map<String, String> flags, List<String> warnings) {
        if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            flags.put(name, value.toString());
        } else if (value instanceof List<?> list) {
            List<String> items = new ArrayList<>();
            for (Object item : list) {
                items.add(String.valueOf(item));
            }
            flags.put(name, String.join(",", items));
        } else {
            warnings.add(name + ": not understood (expected: a plain value)");
        }
    }
}
