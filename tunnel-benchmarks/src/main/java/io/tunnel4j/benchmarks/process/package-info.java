/** The processes that take part in a run, and what the operating system knows about them. */
@NullMarked
package io.tunnel4j.benchmarks.process;

import org.jspecify.annotations.NullMarked;
