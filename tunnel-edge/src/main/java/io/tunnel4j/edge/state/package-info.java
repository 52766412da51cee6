/** What the edge knows: tunnels, routes, zones, API tokens, Access documents. Read by traffic without blocking, changed store first. */
@NullMarked
package io.tunnel4j.edge.state;

import org.jspecify.annotations.NullMarked;
