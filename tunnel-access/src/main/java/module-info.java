/** The access client: reach protected TCP resources with single sign-on or a service token. */
module io.tunnel4j.access {
    requires transitive io.tunnel4j;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.codec.http2;
    requires io.netty.codec.socks;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport;
    requires com.nimbusds.jose.jwt;
    requires com.google.gson;
    requires software.pando.crypto.nacl;
    requires org.slf4j;
    requires static org.jspecify;
    requires static mysql.connector.j;
    requires static org.mariadb.jdbc;

    exports io.tunnel4j.access;
    exports io.tunnel4j.access.jdbc;
}
