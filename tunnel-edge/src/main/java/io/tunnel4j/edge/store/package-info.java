/** Where an edge keeps what must survive a restart: documents with one growing revision, in memory or in a database. */
@NullMarked
package io.tunnel4j.edge.store;

import org.jspecify.annotations.NullMarked;
