package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.StateException;
import io.tunnel4j.edge.state.Tunnel;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The tunnels of an edge. Thread-safe; methods wait for the store, so they must not be called on an event loop.
 *
 * <p>All throw {@link io.tunnel4j.TunnelException} if the store refuses or cannot be reached.
 */
public final class EdgeTunnels {
    private static final String ACTOR = "embedder";

    private final Supplier<EdgeState> state;
    private final String accountTag;

    EdgeTunnels(Supplier<EdgeState> state, String accountTag) {
        this.state = state;
        this.accountTag = accountTag;
    }

    /**
     * A tunnel as the edge knows it.
     *
     * @param id its id
     * @param name its name
     * @param isRemotelyManaged whether the edge pushes its configuration
     */
    public record Summary(UUID id, String name, boolean isRemotelyManaged) {}

    /**
     * Creates a tunnel whose connectors bring their own rules.
     *
     * @param name not taken by another live tunnel
     * @return what its connectors prove themselves with; a secret
     */
    public TunnelCredentials create(String name) {
        requireNonNull(name, "name");
        TunnelCredentials credentials = TunnelCredentials.generate(accountTag);
        add(name, credentials);
        return credentials;
    }

    /**
     * Creates a tunnel whose credentials exist already, e.g. in the connectors of an edge that is replaced.
     *
     * @param name not taken by another live tunnel
     * @param credentials account, id and secret
     */
    public void add(String name, TunnelCredentials credentials) {
        requireNonNull(name, "name");
        requireNonNull(credentials, "credentials");
        change("tunnel.create", draft -> {
            draft.subject(credentials.tunnelId() + " " + name);
            draft.put(Tunnel.of(
                    credentials.tunnelId(), credentials.accountTag(), name, credentials.secret(), draft.now()));
            return name;
        });
    }

    /**
     * Returns the credentials of a tunnel.
     *
     * @param name its name
     * @return what {@link #create} returned; a secret
     */
    public TunnelCredentials credentials(String name) {
        Tunnel tunnel = state.get().current().tunnel(accountTag, name).orElseThrow(() -> notFound(name));
        return TunnelCredentials.of(tunnel.accountTag(), tunnel.id(), tunnel.secret());
    }

    /**
     * Sets the configuration that is pushed to the tunnel's connectors, now and whenever one joins. Makes the tunnel remotely managed.
     *
     * @param tunnelId the tunnel
     * @param json a JSON object with {@code ingress} and perhaps {@code originRequest}, as cloudflared's remote configuration has it
     * @return its version
     */
    public int configure(UUID tunnelId, String json) {
        try {
            if (!JsonParser.parseString(json).isJsonObject()) {
                throw new IllegalArgumentException("json: (expected: a JSON object)");
            }
        } catch (JsonParseException e) {
            throw new IllegalArgumentException("json: (expected: a JSON object)", e);
        }
        return change("tunnel.configure", draft -> {
            Tunnel tunnel = draft.state().tunnel(tunnelId).orElseThrow(() -> notFound(tunnelId.toString()));
            draft.subject(tunnelId.toString());
            return draft.configure(tunnel, json).version();
        });
    }

    /**
     * Deletes a tunnel and the routes to it; its connectors are disconnected.
     *
     * @param tunnelId the tunnel
     */
    public void delete(UUID tunnelId) {
        change("tunnel.delete", draft -> {
            Tunnel tunnel = draft.state().tunnel(tunnelId).orElseThrow(() -> notFound(tunnelId.toString()));
            draft.subject(tunnelId + " " + tunnel.name());
            draft.delete(tunnel);
            return tunnelId;
        });
    }

    /**
     * Lists the tunnels.
     *
     * @return live ones
     */
    public List<Summary> list() {
        return state.get().current().tunnels().stream()
                .filter(Tunnel::isLive)
                .map(t -> new Summary(t.id(), t.name(), t.isRemotelyManaged()))
                .toList();
    }

    private <T> T change(String action, Function<EdgeDraft, T> change) {
        return StateChanges.await(state.get().change(ACTOR, action, change));
    }

    private static StateException notFound(String tunnel) {
        return new StateException(StateException.Reason.NOT_FOUND, "tunnel " + tunnel + " not found");
    }
}
