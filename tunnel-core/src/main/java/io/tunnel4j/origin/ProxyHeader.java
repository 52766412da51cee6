package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import io.tunnel4j.ProxyProtocol;
import io.tunnel4j.mux.FlatHeaders;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY protocol header that tells a TCP origin the eyeball's address. Immutable.
 *
 * @see <a href="https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt">The PROXY protocol, versions 1 and 2</a>
 */
final class ProxyHeader {
    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final int VERSION_2_LOCAL = 0x20;
    private static final int VERSION_2_PROXY = 0x21;
    private static final int TCP_OVER_IPV4 = 0x11;
    private static final int TCP_OVER_IPV6 = 0x21;

    private final ProxyProtocol version;
    private final @Nullable InetAddress source;

    /**
     * Creates the header.
     *
     * @param head the request; {@code cf-connecting-ip} is the eyeball's address
     */
    ProxyHeader(ProxyProtocol version, FlatHeaders head) {
        this.version = version;
        CharSequence address = head.get("cf-connecting-ip");
        this.source = address == null ? null : NetUtil.createInetAddressFromIpAddressString(address.toString());
    }

    /** Returns a new buffer with the header for a connection. The eyeball's port is not known: 0. */
    ByteBuf encode(Channel channel) {
        ByteBuf out = channel.alloc().ioBuffer(64);
        InetSocketAddress destination = channel.remoteAddress() instanceof InetSocketAddress inet ? inet : null;
        InetAddress from = source;
        if (version == ProxyProtocol.V1) {
            out.writeCharSequence(text(from, destination), US_ASCII);
        } else {
            binary(from, destination, out);
        }
        return out;
    }

    private static String text(@Nullable InetAddress from, @Nullable InetSocketAddress to) {
        if (from == null || to == null) {
            return "PROXY UNKNOWN\r\n";
        }
        boolean four = from instanceof Inet4Address && to.getAddress() instanceof Inet4Address;
        return "PROXY " + (four ? "TCP4 " : "TCP6 ") + literal(from, four) + ' ' + literal(to.getAddress(), four)
                + " 0 " + to.getPort() + "\r\n";
    }

    private static String literal(InetAddress address, boolean four) {
        return four || !(address instanceof Inet4Address)
                ? NetUtil.toAddressString(address)
                : "::ffff:" + NetUtil.toAddressString(address);
    }

    private static void binary(@Nullable InetAddress from, @Nullable InetSocketAddress to, ByteBuf out) {
        out.writeBytes(SIGNATURE);
        if (from == null || to == null) {
            out.writeByte(VERSION_2_LOCAL).writeByte(0).writeShort(0);
            return;
        }
        boolean four = from instanceof Inet4Address && to.getAddress() instanceof Inet4Address;
        out.writeByte(VERSION_2_PROXY).writeByte(four ? TCP_OVER_IPV4 : TCP_OVER_IPV6);
        out.writeShort(four ? 12 : 36);
        octets(from, four, out);
        octets(to.getAddress(), four, out);
        out.writeShort(0).writeShort(to.getPort());
    }

    private static void octets(InetAddress address, boolean four, ByteBuf out) {
        if (!four && address instanceof Inet4Address) {
            out.writeZero(10).writeShort(0xffff);
        }
        out.writeBytes(address.getAddress());
    }
}
