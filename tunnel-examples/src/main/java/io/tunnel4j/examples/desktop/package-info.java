/** Login in a program with windows. */
@NullMarked
package io.tunnel4j.examples.desktop;

import org.jspecify.annotations.NullMarked;
