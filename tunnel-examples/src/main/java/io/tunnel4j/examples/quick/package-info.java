/** A public name without an account. */
@NullMarked
package io.tunnel4j.examples.quick;

import org.jspecify.annotations.NullMarked;
