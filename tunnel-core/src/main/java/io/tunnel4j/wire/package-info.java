/** Pure codecs of the tunnel protocol: no channel, no clock. */
@NullMarked
package io.tunnel4j.wire;

import org.jspecify.annotations.NullMarked;
