/** The single sign-on: discovery of the application, exchange of the org token, the browser login and its transfer. */
@NullMarked
package io.tunnel4j.access.login;

import org.jspecify.annotations.NullMarked;
