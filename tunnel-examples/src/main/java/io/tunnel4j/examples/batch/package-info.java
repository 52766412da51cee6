/** A protected service and a program that nobody watches. */
@NullMarked
package io.tunnel4j.examples.batch;

import org.jspecify.annotations.NullMarked;
