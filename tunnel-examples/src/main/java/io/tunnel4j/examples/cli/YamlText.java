package io.tunnel4j.examples.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Locale;
import java.util.Map;

/** JSON as YAML; names as the reference spells them there: small letters only, {@code created_at} is {@code createdat}. */
final class YamlText {
    private static final String PLAIN = "[A-Za-z0-9][A-Za-z0-9._/+:-]*[A-Za-z0-9._/+-]|[A-Za-z]";
    private static final String OTHER_TYPE = "(?i)true|false|null|yes|no|on|off|[0-9._+:-]+(e[0-9+-]+)?|0x[0-9a-f]+";

    private final StringBuilder text = new StringBuilder();

    private YamlText() {}

    static String of(JsonElement value) {
        YamlText yaml = new YamlText();
        yaml.write(value, "");
        return yaml.text.toString();
    }

    private void write(JsonElement value, String indent) {
        if (value.isJsonArray() && !value.getAsJsonArray().isEmpty()) {
            for (JsonElement item : value.getAsJsonArray()) {
                text.append(indent).append("- ");
                if (item.isJsonObject()) {
                    members(item.getAsJsonObject(), indent + "  ", true);
                } else {
                    text.append(scalar(item)).append('\n');
                }
            }
        } else if (value.isJsonObject() && !value.getAsJsonObject().isEmpty()) {
            members(value.getAsJsonObject(), indent, false);
        } else {
            text.append(indent).append(scalar(value)).append('\n');
        }
    }

    private void members(JsonObject object, String indent, boolean isFirstIndented) {
        boolean isIndented = isFirstIndented;
        for (Map.Entry<String, JsonElement> member : object.entrySet()) {
            JsonElement value = member.getValue();
            text.append(isIndented ? "" : indent)
                    .append(member.getKey().replace("_", "").toLowerCase(Locale.ROOT))
                    .append(':');
            isIndented = false;
            boolean isNested = value.isJsonArray() && !value.getAsJsonArray().isEmpty()
                    || value.isJsonObject() && !value.getAsJsonObject().isEmpty();
            if (isNested) {
                text.append('\n');
                write(value, indent + "  ");
            } else {
                text.append(' ').append(scalar(value)).append('\n');
            }
        }
    }

    /** What could be taken for something else stands in quotes, which YAML reads as JSON's. */
    private static String scalar(JsonElement value) {
        if (value instanceof JsonPrimitive primitive && primitive.isString()) {
            String string = primitive.getAsString();
            boolean isPlain = string.matches(PLAIN) && !string.matches(OTHER_TYPE);
            return isPlain ? string : value.toString();
        }
        return value.toString();
    }
}
