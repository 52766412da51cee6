/** Test support that every module uses. */
@NullMarked
package io.tunnel4j.testing;

import org.jspecify.annotations.NullMarked;
