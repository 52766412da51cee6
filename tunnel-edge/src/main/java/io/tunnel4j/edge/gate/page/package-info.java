/** The pages people see: plain HTML made from values, nothing fetched, nothing remembered. */
@NullMarked
package io.tunnel4j.edge.gate.page;

import org.jspecify.annotations.NullMarked;
