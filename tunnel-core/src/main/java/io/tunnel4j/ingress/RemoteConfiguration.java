package io.tunnel4j.ingress;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.Ingress;
import io.tunnel4j.TunnelException;
import io.tunnel4j.origin.FlowLimits;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rules in force and the version the edge gave them. Thread-safe: readers see either the old rules or the new, and a
 * request keeps the matcher it started with.
 */
public final class RemoteConfiguration {
    /** Before the edge has pushed anything. */
    public static final int NO_VERSION = -1;

    private final Consumer<Outcome> listener;
    private volatile Current current;

    /**
     * Starts with local rules.
     *
     * @param local the rules until the edge pushes others
     */
    public RemoteConfiguration(Ingress local) {
        this(local, outcome -> {});
    }

    /**
     * Starts with local rules.
     *
     * @param local the rules until the edge pushes others
     * @param listener hears what became of each push, on the thread that applied it; does not block and does not throw
     */
    public RemoteConfiguration(Ingress local, Consumer<Outcome> listener) {
        this.listener = listener;
        current = new Current(NO_VERSION, new RuleMatcher(local), FlowLimits.DEFAULT);
    }

    /**
     * Version and rules, which change together.
     *
     * @param version the version, or {@link #NO_VERSION}
     * @param rules the rules
     * @param flows how streams to private addresses are served
     */
    public record Current(int version, RuleMatcher rules, FlowLimits flows) {}

    /** What became of a pushed configuration. */
    public enum Result {
        /** It is in force. */
        APPLIED,
        /** Its version is not newer than the one in force. */
        IGNORED,
        /** It is not valid; the former one stays. */
        FAILED,
        /** It is no push at all, as it is not JSON of the expected shape. */
        UNREADABLE
    }

    /**
     * The answer to a push.
     *
     * @param result what became of it
     * @param lastAppliedVersion the version in force afterwards
     * @param error what is wrong with it, or null
     */
    public record Outcome(
            Result result, int lastAppliedVersion, @Nullable String error) {
        /**
         * Returns the HTTP status for the edge.
         *
         * @return 200, or 502 for an unreadable push, whose answer has no body
         */
        public int status() {
            return result == Result.UNREADABLE ? 502 : 200;
        }

        /**
         * Returns the answer's body.
         *
         * @return JSON; empty for an unreadable push
         */
        public String body() {
            if (result == Result.UNREADABLE) {
                return "";
            }
            JsonObject reply = new JsonObject();
            reply.addProperty("lastAppliedVersion", lastAppliedVersion);
            reply.add("err", error == null ? JsonNull.INSTANCE : new JsonPrimitive(error));
            return reply.toString();
        }
    }

    /**
     * Returns what is in force.
     *
     * @return version and rules
     */
    public Current current() {
        return current;
    }

    /**
     * Applies the body of an update request.
     *
     * @param body JSON with {@code version} and {@code config}
     * @return what became of it
     */
    public Outcome applyRequest(String body) {
        Outcome outcome = readRequest(body);
        listener.accept(outcome);
        return outcome;
    }

    private Outcome readRequest(String body) {
        int version;
        Object config;
        try {
            if (!(Json.parse(body) instanceof Map<?, ?> push)) {
                return new Outcome(Result.UNREADABLE, current.version(), "not a JSON object");
            }
            version = new ConfigNode("version", push.get("version"), true).integer();
            config = push.get("config");
        } catch (TunnelException e) {
            return new Outcome(Result.UNREADABLE, current.version(), e.getMessage());
        }
        return applyParsed(version, config);
    }

    /**
     * Applies a configuration.
     *
     * @param version its version
     * @param config the configuration as JSON
     * @return what became of it
     */
    public Outcome apply(int version, String config) {
        Outcome outcome = read(version, config);
        listener.accept(outcome);
        return outcome;
    }

    private Outcome read(int version, String config) {
        try {
            return applyParsed(version, Json.parse(config));
        } catch (TunnelException e) {
            return version <= current.version()
                    ? new Outcome(Result.IGNORED, current.version(), null)
                    : new Outcome(Result.FAILED, current.version(), e.getMessage());
        }
    }

    private synchronized Outcome applyParsed(int version, @Nullable Object config) {
        Current before = current;
        if (version <= before.version()) {
            return new Outcome(Result.IGNORED, before.version(), null);
        }
        try {
            ConfigNode document = new ConfigNode("", config, true);
            if (document.isNull()) {
                return new Outcome(Result.FAILED, before.version(), "config: null (expected: an object)");
            }
            Ingress ingress = IngressReader.ingress(document);
            FlowLimits flows = IngressReader.flows(document.child("warp-routing"));
            current = new Current(version, new RuleMatcher(ingress), flows);
            return new Outcome(Result.APPLIED, version, null);
        } catch (TunnelException e) {
            return new Outcome(Result.FAILED, before.version(), e.getMessage());
        }
    }
}
