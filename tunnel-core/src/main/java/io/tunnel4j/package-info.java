/** The tunnel connector: what an application embeds to expose services through outbound-only connections. */
@NullMarked
package io.tunnel4j;

import org.jspecify.annotations.NullMarked;
