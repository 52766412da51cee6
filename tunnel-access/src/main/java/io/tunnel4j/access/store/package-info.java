/** How tokens are named, kept, locked and read. Knows nothing of HTTP. */
@NullMarked
package io.tunnel4j.access.store;

import org.jspecify.annotations.NullMarked;
