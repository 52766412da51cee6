/** The command line and runnable examples. */
@NullMarked
package io.tunnel4j.examples;

import org.jspecify.annotations.NullMarked;
