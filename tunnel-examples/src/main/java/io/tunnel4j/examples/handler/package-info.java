/** Serve from inside the JVM. */
@NullMarked
package io.tunnel4j.examples.handler;

import org.jspecify.annotations.NullMarked;
