/** The management API's wire: requests, envelopes, pages, rate limits, and the browser login that yields its token. */
@NullMarked
package io.tunnel4j.admin;

import org.jspecify.annotations.NullMarked;
