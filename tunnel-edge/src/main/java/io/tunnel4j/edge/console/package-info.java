/** The edge's own pages: the operator's view, signing in, the approval of the command line; and the one place where all of the edge's services meet. */
@NullMarked
package io.tunnel4j.edge.console;

import org.jspecify.annotations.NullMarked;
