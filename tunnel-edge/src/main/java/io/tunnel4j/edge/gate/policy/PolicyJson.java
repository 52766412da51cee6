package io.tunnel4j.edge.gate.policy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.AccessGroup;
import io.tunnel4j.edge.AccessList;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Policies, groups and lists as the hosted API writes them. */
final class PolicyJson {
    private static final int MAX_RULES = 1000;
    private static final int MAX_ITEMS = 10_000;
    private static final Rule[] NONE = {};

    private PolicyJson() {}

    static JsonObject write(Policy policy) {
        JsonObject json = new JsonObject();
        json.addProperty("id", policy.id());
        json.addProperty("name", policy.name());
        json.addProperty("decision", policy.decision().wireName());
        json.add("include", rules(policy.include()));
        json.add("require", rules(policy.require()));
        json.add("exclude", rules(policy.exclude()));
        Duration duration = policy.sessionDuration();
        if (duration != null) {
            json.addProperty("session_duration", Fields.ofDuration(duration));
        }
        return json;
    }

    static Policy read(JsonObject json) {
        Policy policy = Policy.of(
                        Policy.Decision.named(Fields.requiredText(json, "decision")), Fields.requiredText(json, "name"))
                .include(rules(json, "include"))
                .require(rules(json, "require"))
                .exclude(rules(json, "exclude"));
        if (policy.include().isEmpty()) {
            throw Fields.malformed("include", "at least one rule");
        }
        String id = Fields.text(json, "id", "");
        Duration duration = Fields.duration(json, "session_duration");
        policy = id.isEmpty() ? policy : policy.withId(id);
        return duration == null ? policy : policy.sessionDuration(duration);
    }

    static JsonObject writeGroup(AccessGroup group) {
        JsonObject json = new JsonObject();
        json.addProperty("id", group.id());
        json.addProperty("uid", group.id());
        json.addProperty("name", group.name());
        json.add("include", rules(group.include()));
        json.add("require", rules(group.require()));
        json.add("exclude", rules(group.exclude()));
        return json;
    }

    static AccessGroup readGroup(JsonObject json) {
        AccessGroup group = AccessGroup.named(Fields.requiredText(json, "name"))
                .include(rules(json, "include"))
                .require(rules(json, "require"))
                .exclude(rules(json, "exclude"));
        String id = Fields.text(json, "id", "");
        return id.isEmpty() ? group : group.withId(id);
    }

    static JsonObject writeList(AccessList list) {
        JsonObject json = new JsonObject();
        json.addProperty("id", list.id());
        json.addProperty("name", list.name());
        JsonArray items = new JsonArray();
        for (String item : list.items()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("value", item);
            items.add(entry);
        }
        json.add("items", items);
        return json;
    }

    static AccessList readList(JsonObject json) {
        List<String> items = new ArrayList<>();
        for (JsonElement entry : Fields.array(json, "items")) {
            if (entry.isJsonObject()) {
                items.add(Fields.requiredText(entry.getAsJsonObject(), "value"));
            } else if (entry.isJsonPrimitive()) {
                items.add(entry.getAsString());
            } else {
                throw Fields.malformed("items", "a list of texts");
            }
        }
        if (items.size() > MAX_ITEMS) {
            throw Fields.malformed("items", "at most " + MAX_ITEMS);
        }
        AccessList list = AccessList.of(Fields.requiredText(json, "name"), items);
        String id = Fields.text(json, "id", "");
        return id.isEmpty() ? list : list.withId(id);
    }

    private static JsonArray rules(List<Rule> rules) {
        JsonArray array = new JsonArray();
        for (Rule rule : rules) {
            JsonObject values = new JsonObject();
            new TreeMap<>(rule.values()).forEach(values::addProperty);
            JsonObject json = new JsonObject();
            json.add(rule.selector().wireName(), values);
            array.add(json);
        }
        return array;
    }

    private static Rule[] rules(JsonObject json, String name) {
        JsonArray array = Fields.array(json, name);
        if (array.size() > MAX_RULES) {
            throw Fields.malformed(name, "at most " + MAX_RULES + " rules");
        }
        List<Rule> rules = new ArrayList<>();
        for (JsonElement element : array) {
            rules.add(rule(Fields.asObject(element, name)));
        }
        return rules.toArray(NONE);
    }

    private static Rule rule(JsonObject json) {
        if (json.size() != 1) {
            throw new IllegalArgumentException("rule: " + json.keySet() + " (expected: one selector)");
        }
        Map.Entry<String, JsonElement> only = json.entrySet().iterator().next();
        Map<String, String> values = new TreeMap<>();
        for (Map.Entry<String, JsonElement> value :
                Fields.asObject(only.getValue(), only.getKey()).entrySet()) {
            if (value.getValue().isJsonPrimitive()) {
                values.put(value.getKey(), value.getValue().getAsString());
            } else if (!value.getValue().isJsonNull()) {
                // Without it the rule might select more people than it was meant to.
                throw Fields.malformed(only.getKey() + "." + value.getKey(), "a text");
            }
        }
        Rule rule = Rule.of(Rule.Selector.named(only.getKey()), values);
        if (rule.selector() == Rule.Selector.IP && Prefix.parse(rule.value("ip").trim()) == null) {
            // Such a rule would select nobody, and say so nowhere.
            throw Fields.malformed("ip.ip", "an address or a prefix, e.g. 192.0.2.0/24");
        }
        return rule;
    }
}
