/** What runs between an SSH client and a protected server. */
@NullMarked
package io.tunnel4j.examples.sshproxy;

import org.jspecify.annotations.NullMarked;
