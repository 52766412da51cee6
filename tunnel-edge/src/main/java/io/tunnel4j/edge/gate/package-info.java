/** Access in front of every protected host: applications, policies, login, tokens. */
@NullMarked
package io.tunnel4j.edge.gate;

import org.jspecify.annotations.NullMarked;
