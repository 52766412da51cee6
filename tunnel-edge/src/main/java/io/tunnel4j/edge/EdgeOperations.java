package io.tunnel4j.edge;

import io.tunnel4j.edge.exchange.EdgeService;
import io.tunnel4j.edge.state.ConnectionDirectory;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.RecentErrors;

/**
 * What the edge's own services see of it.
 *
 * @param state tunnels, routes, applications
 * @param connections who is connected
 * @param errors what failed lately
 * @param metrics metrics and health
 */
record EdgeOperations(EdgeState state, ConnectionDirectory connections, RecentErrors errors, EdgeService metrics) {}
