package io.tunnel4j.edge;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.ingress.GoDuration;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A mapping in a YAML file whose every mistake is named with its line, its key and the expected form. Keys that nobody asked for are refused with the nearest
 * one that was. Not thread-safe.
 */
final class YamlSection {
    private static final int MAX_LENGTH = 1 << 20;
    private static final int MAX_DEPTH = 20;

    private final String path;
    private final int line;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final Set<String> known = new TreeSet<>();

    /** Every key that any section of the file was asked for, as {@code routes.hostname}. */
    private final Set<String> asked;

    /**
     * Reads a mapping.
     *
     * @param line of its key, which is where what it lacks is missed
     */
    private YamlSection(String path, int line, MappingNode node, Set<String> asked) {
        this.path = path;
        this.line = line;
        this.asked = asked;
        for (NodeTuple tuple : node.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw invalid(line(tuple.getKeyNode()), path, "a plain key");
            }
            lines.put(key.getValue(), line(key));
            if (values.put(key.getValue(), tuple.getValueNode()) != null) {
                throw invalid(line(key), path(key.getValue()), "once, but it is there twice");
            }
        }
    }

    static YamlSection parse(String yaml) {
        if (yaml.length() > MAX_LENGTH) {
            throw invalid(1, "file of " + yaml.length() + " characters", "up to " + MAX_LENGTH);
        }
        LoadSettings settings =
                LoadSettings.builder().setCodePointLimit(MAX_LENGTH).build();
        try {
            checkEvents(new Parse(settings).parseString(yaml));
            Node root = new Compose(settings)
                    .composeString(yaml)
                    .orElseThrow(() -> invalid(1, "file", "a mapping, but it is empty"));
            if (!(root instanceof MappingNode mapping)) {
                throw invalid(line(root), "file", "a mapping");
            }
            return new YamlSection("", line(mapping), mapping, new TreeSet<>());
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw invalid(line, "file", "YAML");
        } catch (YamlEngineException e) {
            throw invalid(1, "file", "YAML");
        }
    }

    /** Composing recurses and follows aliases; both are bounded here, where reading is a loop. */
    private static void checkEvents(Iterable<Event> events) {
        int depth = 0;
        for (Event event : events) {
            int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> {
                    if (++depth > MAX_DEPTH) {
                        throw invalid(line, "nesting", "up to " + MAX_DEPTH + " levels");
                    }
                }
                case MappingEnd, SequenceEnd -> depth--;
                case Alias -> throw invalid(line, "alias", "no aliases");
                default -> {}
            }
        }
    }

    private static int line(Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
    }

    private static TunnelException invalid(int line, String what, String expected) {
        return new TunnelException(
                TunnelErrorCode.INVALID_CONFIGURATION, "line " + line + ": " + what + " (expected: " + expected + ")");
    }

    private String path(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** The mistake of a value that is there but does not do. */
    TunnelException wrong(String key, String expected) {
        return invalid(lines.getOrDefault(key, line), path(key), expected);
    }

    /** The mistake of a value that was understood but cannot be used; the message says what is wrong with it. */
    TunnelException failed(String key, String message) {
        return new TunnelException(
                TunnelErrorCode.INVALID_CONFIGURATION,
                "line " + lines.getOrDefault(key, line) + ": " + path(key) + ": " + message);
    }

    boolean isEmpty() {
        return values.isEmpty();
    }

    Set<String> keys() {
        return Set.copyOf(values.keySet());
    }

    /** Names keys that are read elsewhere, from {@link #json()}. */
    YamlSection allow(String... keys) {
        known.addAll(List.of(keys));
        return this;
    }

    boolean has(String key) {
        known.add(key);
        asked.add(path(key).replaceAll("\\[[0-9]+]", ""));
        Node node = values.get(key);
        return node != null && !node.getTag().equals(Tag.NULL);
    }

    /** Every key that was asked for so far, here and in all sections of the same file, without the numbers of list items. */
    Set<String> askedKeys() {
        return Set.copyOf(asked);
    }

    /** To be called last: refuses what was never asked for. */
    void refuseOthers() {
        for (String key : values.keySet()) {
            if (!known.contains(key)) {
                String nearest = known.stream()
                        .min((a, b) -> Integer.compare(distance(key, a), distance(key, b)))
                        .orElse("");
                String expected = distance(key, nearest) <= 1 + nearest.length() / 3
                        ? nearest
                        : "one of " + String.join(", ", known);
                throw invalid(lines.getOrDefault(key, 1), "unknown key " + path(key), expected);
            }
        }
    }

    /** Levenshtein's, on keys short enough for the plain algorithm. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= Math.min(a.length(), 64); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    @Nullable
    String textOrNull(String key) {
        if (!has(key)) {
            return null;
        }
        if (values.get(key) instanceof ScalarNode scalar && !scalar.getValue().isEmpty()) {
            return scalar.getValue();
        }
        throw wrong(key, "a text");
    }

    String text(String key) {
        String text = textOrNull(key);
        if (text == null) {
            throw missing(key, "a text");
        }
        return text;
    }

    /** The mistake of a section without a key that it must have. */
    TunnelException missing(String key, String expected) {
        return invalid(lines.getOrDefault(key, line), path(key) + " is missing", expected);
    }

    String text(String key, String otherwise) {
        String text = textOrNull(key);
        return text == null ? otherwise : text;
    }

    boolean flag(String key, boolean otherwise) {
        String text = textOrNull(key);
        if (text == null) {
            return otherwise;
        }
        if (!text.equals("true") && !text.equals("false")) {
            throw wrong(key, "true or false");
        }
        return text.equals("true");
    }

    int number(String key, int otherwise, int least, int most) {
        String text = textOrNull(key);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below like a number out of range.
        }
        throw wrong(key, "a whole number from " + least + " to " + most);
    }

    Duration duration(String key, Duration otherwise) {
        String text = textOrNull(key);
        if (text == null) {
            return otherwise;
        }
        Duration duration = GoDuration.parse(text);
        if (duration == null || duration.isNegative()) {
            throw wrong(key, "a duration as in 1m30s");
        }
        return duration;
    }

    @Nullable
    Path pathOrNull(String key, Path directory) {
        String text = textOrNull(key);
        try {
            return text == null ? null : directory.resolve(text);
        } catch (InvalidPathException e) {
            throw wrong(key, "a file");
        }
    }

    Path path(String key, Path directory) {
        Path file = pathOrNull(key, directory);
        if (file == null) {
            throw missing(key, "a file");
        }
        return file;
    }

    @Nullable
    InetSocketAddress addressOrNull(String key) {
        String text = textOrNull(key);
        if (text == null) {
            return null;
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon).replaceAll("^\\[|]$", "");
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            InetSocketAddress address =
                    host.isEmpty() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
            if (!address.isUnresolved()) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            // Refused below.
        }
        throw wrong(key, "host:port, e.g. 0.0.0.0:443 or [::]:443");
    }

    List<String> texts(String key) {
        List<String> texts = new ArrayList<>();
        for (Node item : items(key)) {
            if (!isText(item) || !(item instanceof ScalarNode scalar)) {
                throw invalid(line(item), path(key), "a list of texts");
            }
            texts.add(scalar.getValue());
        }
        return texts;
    }

    List<YamlSection> sections(String key) {
        List<YamlSection> sections = new ArrayList<>();
        for (Node item : items(key)) {
            if (!(item instanceof MappingNode mapping)) {
                throw invalid(line(item), path(key), "a list of mappings");
            }
            sections.add(new YamlSection(path(key) + "[" + sections.size() + "]", line(mapping), mapping, asked));
        }
        return sections;
    }

    /** The mappings of a list that may hold plain texts as well. */
    List<YamlSection> sectionsAmongTexts(String key) {
        List<YamlSection> sections = new ArrayList<>();
        int index = 0;
        for (Node item : items(key)) {
            if (item instanceof MappingNode mapping) {
                sections.add(new YamlSection(path(key) + "[" + index + "]", line(mapping), mapping, asked));
            } else if (!isText(item)) {
                throw invalid(line(item), path(key), "a list of texts or mappings");
            }
            index++;
        }
        return sections;
    }

    private static boolean isText(Node node) {
        return node instanceof ScalarNode scalar
                && !scalar.getTag().equals(Tag.NULL)
                && !scalar.getValue().isEmpty();
    }

    private List<Node> items(String key) {
        if (!has(key)) {
            return List.of();
        }
        if (!(values.get(key) instanceof SequenceNode sequence)) {
            throw wrong(key, "a list");
        }
        return sequence.getValue();
    }

    /** An empty section if there is none. */
    YamlSection section(String key) {
        return section(key, asked);
    }

    /** Like {@link #section}, for what is documented elsewhere: {@link #askedKeys} leaves its keys out. */
    YamlSection foreignSection(String key) {
        return section(key, new TreeSet<>());
    }

    private YamlSection section(String key, Set<String> noted) {
        if (!has(key)) {
            MappingNode none = new MappingNode(Tag.MAP, List.of(), FlowStyle.BLOCK);
            return new YamlSection(path(key), line, none, noted);
        }
        if (!(values.get(key) instanceof MappingNode mapping)) {
            throw wrong(key, "a mapping");
        }
        return new YamlSection(path(key), lines.getOrDefault(key, line), mapping, noted);
    }

    /** The whole section in JSON, for what has its own reader. */
    JsonObject json() {
        JsonObject json = new JsonObject();
        values.forEach((key, node) -> {
            known.add(key);
            json.add(key, json(node));
        });
        return json;
    }

    private static JsonElement json(Node node) {
        if (node instanceof MappingNode mapping) {
            JsonObject json = new JsonObject();
            for (NodeTuple tuple : mapping.getValue()) {
                if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                    throw invalid(line(tuple.getKeyNode()), "key", "a plain key");
                }
                if (json.has(key.getValue())) {
                    throw invalid(line(key), key.getValue(), "once, but it is there twice");
                }
                json.add(key.getValue(), json(tuple.getValueNode()));
            }
            return json;
        }
        if (node instanceof SequenceNode sequence) {
            JsonArray json = new JsonArray();
            sequence.getValue().forEach(item -> json.add(json(item)));
            return json;
        }
        ScalarNode scalar = (ScalarNode) node;
        Tag tag = scalar.getTag();
        if (tag.equals(Tag.NULL)) {
            return JsonNull.INSTANCE;
        }
        if (tag.equals(Tag.BOOL)) {
            return new JsonPrimitive(Boolean.parseBoolean(scalar.getValue()));
        }
        if (tag.equals(Tag.INT)) {
            try {
                return new JsonPrimitive(new BigDecimal(scalar.getValue()));
            } catch (NumberFormatException e) {
                throw invalid(line(node), scalar.getValue(), "a decimal number");
            }
        }
        return new JsonPrimitive(scalar.getValue());
    }

    int line() {
        return line;
    }

    @Override
    public String toString() {
        return path;
    }
}
