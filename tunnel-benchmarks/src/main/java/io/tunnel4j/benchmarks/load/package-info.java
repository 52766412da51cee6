/** Load as an edge or an eyeball makes it, with what it measures. */
@NullMarked
package io.tunnel4j.benchmarks.load;

import org.jspecify.annotations.NullMarked;
