/**
 * The tunnel connector.
 *
 * <p>Only {@code io.tunnel4j} is public API. The qualified exports serve the access client and the edge, which are built on
 * the same multiplexer, transport and codecs.
 */
module io.tunnel4j {
    requires transitive io.netty.buffer;
    requires transitive io.netty.transport;
    requires transitive io.netty.codec.http;
    requires io.netty.codec;
    requires io.netty.codec.http2;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.handler.proxy;
    requires io.netty.resolver;
    requires org.slf4j;
    requires com.google.gson;
    requires re2j;
    requires com.nimbusds.jose.jwt;
    requires static io.netty.transport.classes.epoll;
    requires static io.netty.transport.classes.kqueue;
    requires static io.netty.transport.unix.common;
    requires static org.snakeyaml.engine.v2;
    requires static org.jspecify;
    requires jdk.httpserver;
    requires java.net.http;
    requires jdk.net;
    requires java.naming;

    exports io.tunnel4j;
    exports io.tunnel4j.ingress to
            io.tunnel4j.edge;
    exports io.tunnel4j.mux to
            io.tunnel4j.access,
            io.tunnel4j.edge;
    exports io.tunnel4j.registration to
            io.tunnel4j.edge;
    exports io.tunnel4j.transport to
            io.tunnel4j.access,
            io.tunnel4j.edge;
    exports io.tunnel4j.wire to
            io.tunnel4j.access,
            io.tunnel4j.edge;
}
