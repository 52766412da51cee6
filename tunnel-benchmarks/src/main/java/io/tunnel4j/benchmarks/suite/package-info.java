/** What is measured, one class per kind of figure. */
@NullMarked
package io.tunnel4j.benchmarks.suite;

import org.jspecify.annotations.NullMarked;
