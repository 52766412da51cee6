/** Measurements. */
@NullMarked
package io.tunnel4j.benchmarks;

import org.jspecify.annotations.NullMarked;
