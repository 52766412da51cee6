/** Test support for those who implement this module's interfaces. */
@NullMarked
package io.tunnel4j.access.testing;

import org.jspecify.annotations.NullMarked;
