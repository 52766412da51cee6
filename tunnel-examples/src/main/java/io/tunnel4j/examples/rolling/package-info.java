/** New versions take over while requests run. */
@NullMarked
package io.tunnel4j.examples.rolling;

import org.jspecify.annotations.NullMarked;
