package io.tunnel4j.discovery;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.LengthFieldPrepender;
import io.tunnel4j.testing.TlsServer;
import io.tunnel4j.transport.TrustRoots;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A name server on loopback, over UDP and over TLS, that knows what a test tells it. */
final class ScriptedDns implements AutoCloseable {
    final Map<String, List<byte[]>> records = new ConcurrentHashMap<>();
    final List<String> asked = new CopyOnWriteArrayList<>();

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel udp;
    private final TlsServer overTls;
    private volatile boolean udpAnswers = true;

    ScriptedDns(String tlsName) throws Exception {
        udp = new Bootstrap()
                .group(group)
                .channel(NioDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
                        ByteBuf reply = answer("udp", packet.content());
                        if (udpAnswers) {
                            ctx.writeAndFlush(new DatagramPacket(reply, packet.sender()));
                        } else {
                            reply.release();
                        }
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        overTls = new TlsServer(
                tlsName,
                List.of(),
                (channel, protocol) -> channel.pipeline()
                        .addLast(
                                new LengthFieldBasedFrameDecoder(65_535, 0, 2, 0, 2),
                                new LengthFieldPrepender(2),
                                new SimpleChannelInboundHandler<ByteBuf>() {
                                    @Override
                                    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf query) {
                                        ctx.writeAndFlush(answer("tls", query));
                                    }

                                    @Override
                                    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                                        ctx.close();
                                    }
                                }));
    }

    void silenceUdp() {
        udpAnswers = false;
    }

    /** Whom to ask: this server, first over UDP, then over TLS by the given name. */
    DnsServers servers(String tlsName) {
        int port = ((InetSocketAddress) udp.localAddress()).getPort();
        return new DnsServers(
                "dns://127.0.0.1:" + port,
                overTls.address(),
                tlsName,
                TrustRoots.builder()
                        .certificates(overTls.certificate())
                        .onlyPool()
                        .build()
                        .trustManager());
    }

    void srv(String name, int priority, int weight, int port, String target) {
        ByteBuf data = Unpooled.buffer();
        data.writeShort(priority).writeShort(weight).writeShort(port);
        writeName(data, target);
        add(name + "/" + DnsMessage.TYPE_SRV, data);
    }

    void address(String name, String literal) throws Exception {
        byte[] octets = InetAddress.getByName(literal).getAddress();
        add(
                name + "/" + (octets.length == 4 ? DnsMessage.TYPE_A : DnsMessage.TYPE_AAAA),
                Unpooled.wrappedBuffer(octets));
    }

    private void add(String key, ByteBuf data) {
        records.computeIfAbsent(key, k -> new CopyOnWriteArrayList<>()).add(ByteBufUtil.getBytes(data));
    }

    private static void writeName(ByteBuf out, String name) {
        for (String label : name.split("\\.")) {
            out.writeByte(label.length()).writeCharSequence(label, StandardCharsets.US_ASCII);
        }
        out.writeByte(0);
    }

    private ByteBuf answer(String transport, ByteBuf query) {
        int id = query.readUnsignedShort();
        query.skipBytes(10);
        int questionStart = query.readerIndex();
        List<String> labels = new ArrayList<>();
        for (int n = query.readUnsignedByte(); n > 0; n = query.readUnsignedByte()) {
            labels.add(query.readCharSequence(n, StandardCharsets.US_ASCII).toString());
        }
        int type = query.readUnsignedShort();
        query.skipBytes(2);
        int questionEnd = query.readerIndex();
        String name = String.join(".", labels);
        asked.add(transport + " " + name);
        List<byte[]> found = records.getOrDefault(name + "/" + type, List.of());
        ByteBuf reply = Unpooled.buffer();
        reply.writeShort(id).writeShort(found.isEmpty() ? 0x8183 : 0x8180);
        reply.writeShort(1).writeShort(found.size()).writeInt(0);
        reply.writeBytes(query, questionStart, questionEnd - questionStart);
        for (byte[] data : found) {
            reply.writeShort(0xc00c).writeShort(type).writeShort(1).writeInt(60);
            reply.writeShort(data.length).writeBytes(data);
        }
        return reply;
    }

    @Override
    public void close() throws Exception {
        udp.close().sync();
        overTls.close();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
}
