/** The control stream: how a connector joins a tunnel at an edge, for both roles. */
@NullMarked
package io.tunnel4j.registration;

import org.jspecify.annotations.NullMarked;
