/** Finding out who somebody is: passwords, one-time PINs, OpenID Connect providers. Knows nothing of policies or pages. */
@NullMarked
package io.tunnel4j.edge.gate.login;

import org.jspecify.annotations.NullMarked;
