/** The management interface under {@code /client/v4}, in the hosted API's shape, and what issues credentials: login page and quick tunnels. */
@NullMarked
package io.tunnel4j.edge.api;

import org.jspecify.annotations.NullMarked;
