/** Where the edge is: look-up of its addresses, and who uses which. */
@NullMarked
package io.tunnel4j.discovery;

import org.jspecify.annotations.NullMarked;
