/** The self-hosted edge. */
module io.tunnel4j.edge {
    requires transitive io.tunnel4j;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.pkitesting;
    requires io.netty.transport;
    requires java.naming;
    requires java.net.http;
    requires org.bouncycastle.provider;
    requires software.pando.crypto.nacl;
    requires static jakarta.mail;
    requires transitive java.sql;
    requires static com.h2database;
    requires static flyway.core;
    requires static org.postgresql.jdbc;
    requires static org.snakeyaml.engine.v2;
    requires com.nimbusds.jose.jwt;
    requires com.google.gson;
    requires org.slf4j;
    requires static org.jspecify;

    exports io.tunnel4j.edge;
    exports io.tunnel4j.edge.store;
}
