/** The self-hosted edge. */
@NullMarked
package io.tunnel4j.edge;

import org.jspecify.annotations.NullMarked;
