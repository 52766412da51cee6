package io.tunnel4j.registration;

import io.tunnel4j.TunnelException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What an edge does with the calls of one control stream.
 *
 * <p>Called on the connection's event loop, in wire order; implementations do not block. {@link #ended} comes exactly once, last.
 */
public interface RegistrationHandler {
    /**
     * The connector asks to serve a tunnel. Called at most once per control stream.
     *
     * @param request what the connector sent, syntactically checked only
     * @return the decision, from any thread; a failure becomes an RPC exception without its message. After a refusal the handler
     *     closes the connection once {@link #ended} is called or a short time has passed: the reference connector does not
     */
    CompletionStage<ConnectionAnswer> registerConnection(ConnectionRequest request);

    /**
     * The connector reports the configuration it runs with. Only after an accepted registration.
     *
     * @param json the report as it was sent; owned by the handler, not validated
     */
    void updateLocalConfiguration(byte[] json);

    /** The connector wants no new streams from now on: it shuts down. The call is answered after this returns. */
    void unregisterConnection();

    /**
     * Nothing more happens on this control stream.
     *
     * @param cause {@code EDGE_PROTOCOL} when the connector broke the protocol, {@code EDGE_UNREACHABLE} when the stream was reset or
     *     the connection broke; null when the connector ended the stream in order
     */
    void ended(@Nullable TunnelException cause);
}
