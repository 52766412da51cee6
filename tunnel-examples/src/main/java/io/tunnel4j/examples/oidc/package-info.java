/** An edge of one's own with single sign-on. */
@NullMarked
package io.tunnel4j.examples.oidc;

import org.jspecify.annotations.NullMarked;
