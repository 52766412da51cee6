/** Microbenchmarks of single steps on the data path. */
@NullMarked
package io.tunnel4j.benchmarks.jmh;

import org.jspecify.annotations.NullMarked;
