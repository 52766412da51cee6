/** An origin whose certificate comes from a private authority. */
@NullMarked
package io.tunnel4j.examples.privateca;

import org.jspecify.annotations.NullMarked;
