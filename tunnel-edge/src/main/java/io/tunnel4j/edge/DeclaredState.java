package io.tunnel4j.edge;

import com.google.gson.JsonObject;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.state.Tunnel;
import io.tunnel4j.edge.store.Document;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Tunnels, routes and the Access model as a configuration file declares them. Immutable.
 *
 * <p>Applying it adds and changes; what the file does not name stays, since it may have been made through the API. Ids follow from names, so that applying a
 * file again changes nothing.
 *
 * @param tunnels to exist
 * @param routes to exist, as they stand
 * @param access to exist, as they stand
 */
record DeclaredState(List<DeclaredTunnel> tunnels, List<DeclaredRoute> routes, List<DeclaredAccess<?>> access) {
    private static final int SECRET_BYTES = 32;

    /**
     * A tunnel by name.
     *
     * @param name its name
     * @param configuration pushed to its connectors; null if they bring their own
     */
    record DeclaredTunnel(String name, @Nullable String configuration) {}

    /**
     * A hostname.
     *
     * @param hostname the name or wildcard
     * @param weights tunnels by name
     */
    record DeclaredRoute(String hostname, Map<String, Integer> weights) {}

    /**
     * A document of the Access model.
     *
     * @param kind its kind
     * @param value the value
     * @param <T> the value's type
     */
    record DeclaredAccess<T>(AccessKind<T> kind, T value) {
        /** Reads a document and names the line on failure. */
        static <T> DeclaredAccess<T> of(AccessKind<T> kind, YamlSection section, JsonObject json, byte[] secret) {
            if (!json.has("id")) {
                json.addProperty("id", idOf(kind, section.text("name")));
            }
            try {
                return new DeclaredAccess<>(kind, kind.read(json, secret));
            } catch (IllegalArgumentException | IllegalStateException | UnsupportedOperationException e) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "line " + section.line() + ": " + section + ": " + e.getMessage());
            }
        }

        private void apply(EdgeDraft draft) {
            JsonObject json = kind.write(value);
            Document before = draft.state().documents(kind.name()).get(kind.id(value));
            byte[] secret = kind.secret(value);
            boolean isSame = before != null
                    && before.json().equals(json.toString())
                    && MessageDigest.isEqual(before.secret(), secret);
            if (!isSame) {
                draft.put(kind.name(), kind.id(value), json.toString(), secret);
            }
        }
    }

    DeclaredState {
        tunnels = List.copyOf(tunnels);
        routes = List.copyOf(routes);
        access = List.copyOf(access);
    }

    /** The id under which a named thing of the file is kept. */
    static String idOf(AccessKind<?> kind, String name) {
        return UUID.nameUUIDFromBytes((kind.name() + "\0" + name).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    DeclaredState apply(EdgeDraft draft, String accountTag) {
        SecureRandom random = new SecureRandom();
        for (DeclaredTunnel declared : tunnels) {
            if (draft.state().tunnel(accountTag, declared.name()).isEmpty()) {
                byte[] secret = new byte[SECRET_BYTES];
                random.nextBytes(secret);
                draft.put(Tunnel.of(UUID.randomUUID(), accountTag, declared.name(), secret, draft.now()));
            }
            configure(draft, tunnel(draft, accountTag, declared.name()), declared.configuration());
        }
        for (DeclaredRoute route : routes) {
            List<Target> targets = new ArrayList<>();
            route.weights()
                    .forEach((name, weight) -> targets.add(
                            new Target(tunnel(draft, accountTag, name).id(), weight)));
            boolean isThere = draft.state()
                    .routeNamed(route.hostname())
                    .filter(before -> before.targets().equals(targets))
                    .isPresent();
            if (!isThere) {
                draft.put(new HostnameRoute(route.hostname(), targets, draft.now()));
            }
        }
        access.forEach(document -> document.apply(draft));
        draft.subject(
                tunnels.size() + " tunnels, " + routes.size() + " routes, " + access.size() + " Access documents");
        return this;
    }

    private static void configure(EdgeDraft draft, Tunnel tunnel, @Nullable String configuration) {
        if (configuration == null) {
            return;
        }
        boolean isThere = draft.state()
                .configuration(tunnel.id())
                .filter(before -> before.json().equals(configuration))
                .isPresent();
        if (!isThere) {
            draft.configure(tunnel, configuration);
        }
    }

    private static Tunnel tunnel(EdgeDraft draft, String accountTag, String name) {
        return draft.state()
                .tunnel(accountTag, name)
                .orElseThrow(() -> new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "route to tunnel " + name + " (expected: a tunnel of the file or one that exists)"));
    }
}
