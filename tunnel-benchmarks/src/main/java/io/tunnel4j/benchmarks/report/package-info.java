/** Figures and how they are shown. */
@NullMarked
package io.tunnel4j.benchmarks.report;

import org.jspecify.annotations.NullMarked;
