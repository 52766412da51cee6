/** The access client: local connections to protected resources. */
@NullMarked
package io.tunnel4j.access;

import org.jspecify.annotations.NullMarked;
