/** The whole system on one machine. */
@NullMarked
package io.tunnel4j.examples.demo;

import org.jspecify.annotations.NullMarked;
