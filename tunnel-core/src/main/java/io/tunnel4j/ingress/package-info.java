/** Which origin serves a request: matching, and the readers and writers of cloudflared's configuration. */
@NullMarked
package io.tunnel4j.ingress;

import org.jspecify.annotations.NullMarked;
