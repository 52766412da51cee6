/** A servlet container behind a tunnel. */
@NullMarked
package io.tunnel4j.examples.servlet;

import org.jspecify.annotations.NullMarked;
