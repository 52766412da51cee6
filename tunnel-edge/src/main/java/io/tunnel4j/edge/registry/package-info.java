/** Who is connected, and which connection takes the next stream. */
@NullMarked
package io.tunnel4j.edge.registry;

import org.jspecify.annotations.NullMarked;
