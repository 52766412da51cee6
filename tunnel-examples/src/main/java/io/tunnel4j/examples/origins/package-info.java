/** Several origins behind one connector. */
@NullMarked
package io.tunnel4j.examples.origins;

import org.jspecify.annotations.NullMarked;
