/**
 * Socket factories with which JDBC drivers reach databases behind the edge, without a local port.
 *
 * <p>PostgreSQL and SQL Server: {@link io.tunnel4j.access.jdbc.AccessSocketFactory}; MySQL Connector/J:
 * {@link io.tunnel4j.access.jdbc.MySqlAccessSocketFactory}; MariaDB: {@link io.tunnel4j.access.jdbc.MariaDbAccessSocketFactory}. Each needs its own
 * driver only. What a factory is told is described in {@link io.tunnel4j.access.jdbc.AccessConfigurations}. Drivers that take no socket
 * factory (Oracle, H2) go through an {@link io.tunnel4j.access.AccessTcpForwarder}.
 */
@NullMarked
package io.tunnel4j.access.jdbc;

import org.jspecify.annotations.NullMarked;
