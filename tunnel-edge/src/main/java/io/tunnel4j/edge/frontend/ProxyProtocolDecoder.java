package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the PROXY protocol header, version 1 or 2, at the beginning of a connection from a trusted proxy; without one the connection is closed.
 *
 * <p>Removes itself and hands on what follows. Confined to the connection's event loop.
 *
 * @see <a href="https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt">The PROXY protocol</a>
 */
final class ProxyProtocolDecoder extends ByteToMessageDecoder {
    private static final Logger log = LoggerFactory.getLogger(ProxyProtocolDecoder.class);
    private static final byte[] SIGNATURE = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
    private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_V1_BYTES = 107;
    private static final int MAX_V2_BYTES = 4096;
    private static final int V2_HEAD_BYTES = 16;

    private final long timeoutNanos;
    private final Consumer<@Nullable InetSocketAddress> next;
    private @Nullable ScheduledFuture<?> timer;

    /**
     * Creates a decoder.
     *
     * @param timeout time for the whole header
     * @param next builds the rest of the pipeline; gets the client's address, or null if the proxy speaks for itself
     */
    ProxyProtocolDecoder(Duration timeout, Consumer<@Nullable InetSocketAddress> next) {
        this.timeoutNanos = timeout.toNanos();
        this.next = next;
    }

    /** Not a PROXY protocol header. Without a stack trace: it describes a peer. */
    static final class MalformedHeaderException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedHeaderException(String message) {
            super(message, null, false, false);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        timer = ctx.executor().schedule(() -> ctx.close(), timeoutNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext ctx) {
        ScheduledFuture<?> running = timer;
        if (running != null) {
            running.cancel(false);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        try {
            int before = in.readerIndex();
            InetSocketAddress client = read(in);
            if (client == null && in.readerIndex() == before) {
                return;
            }
            next.accept(SELF.equals(client) ? null : client);
            ctx.pipeline().remove(this);
        } catch (MalformedHeaderException e) {
            log.warn("connection from proxy {} closed: {}", ctx.channel().remoteAddress(), e.getMessage());
            in.skipBytes(in.readableBytes());
            ctx.close();
        }
    }

    /** Stands for "the proxy itself". */
    private static final InetSocketAddress SELF = InetSocketAddress.createUnresolved("proxy", 0);

    /** Reads a header; null, with the reader index unmoved, until it is complete. */
    static @Nullable InetSocketAddress read(ByteBuf in) throws MalformedHeaderException {
        int compared = Math.min(in.readableBytes(), SIGNATURE.length);
        if (startsWith(in, SIGNATURE, compared)) {
            return in.readableBytes() < V2_HEAD_BYTES ? null : readV2(in);
        }
        if (startsWith(in, V1, Math.min(in.readableBytes(), V1.length))) {
            return readV1(in);
        }
        throw new MalformedHeaderException("no PROXY protocol header");
    }

    private static boolean startsWith(ByteBuf in, byte[] expected, int length) {
        for (int i = 0; i < length; i++) {
            if (in.getByte(in.readerIndex() + i) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable InetSocketAddress readV1(ByteBuf in) throws MalformedHeaderException {
        int lf = in.indexOf(
                in.readerIndex(), in.readerIndex() + Math.min(in.readableBytes(), MAX_V1_BYTES), (byte) '\n');
        if (lf < 0) {
            if (in.readableBytes() >= MAX_V1_BYTES) {
                throw new MalformedHeaderException("PROXY line too long");
            }
            return null;
        }
        String line = in.toString(in.readerIndex(), lf - in.readerIndex(), StandardCharsets.US_ASCII);
        String[] parts = line.split(" ", -1);
        if (!line.endsWith("\r")) {
            throw new MalformedHeaderException("PROXY line without carriage return");
        }
        in.readerIndex(lf + 1);
        if (parts[1].startsWith("UNKNOWN")) {
            return SELF;
        }
        if (parts.length != 6 || !parts[1].equals("TCP4") && !parts[1].equals("TCP6")) {
            throw new MalformedHeaderException("PROXY line (expected: protocol, addresses, ports)");
        }
        byte[] address = NetUtil.createByteArrayFromIpAddressString(parts[2]);
        if (address == null || address.length != (parts[1].equals("TCP4") ? 4 : 16)) {
            throw new MalformedHeaderException("PROXY line: source address");
        }
        return new InetSocketAddress(address(address), port(parts[4]));
    }

    private static int port(String text) throws MalformedHeaderException {
        int port = text.isEmpty() || text.length() > 5 ? -1 : 0;
        for (int i = 0; port >= 0 && i < text.length(); i++) {
            int digit = Character.digit(text.charAt(i), 10);
            port = digit < 0 ? -1 : 10 * port + digit;
        }
        if (port < 0 || port > 65_535) {
            throw new MalformedHeaderException("PROXY line: source port");
        }
        return port;
    }

    private static @Nullable InetSocketAddress readV2(ByteBuf in) throws MalformedHeaderException {
        int start = in.readerIndex();
        int versionCommand = in.getUnsignedByte(start + 12);
        int family = in.getUnsignedByte(start + 13);
        int length = in.getUnsignedShort(start + 14);
        if (versionCommand >> 4 != 2 || (versionCommand & 0xf) > 1) {
            throw new MalformedHeaderException("PROXY header: version or command");
        }
        if (length > MAX_V2_BYTES) {
            throw new MalformedHeaderException("PROXY header larger than " + MAX_V2_BYTES + " bytes");
        }
        if (in.readableBytes() < V2_HEAD_BYTES + length) {
            return null;
        }
        in.skipBytes(V2_HEAD_BYTES);
        ByteBuf body = in.readSlice(length);
        boolean local = (versionCommand & 0xf) == 0;
        int addressBytes = family == 0x11 ? 4 : family == 0x21 ? 16 : 0;
        if (local || addressBytes == 0) {
            return SELF;
        }
        if (length < 2 * addressBytes + 4) {
            throw new MalformedHeaderException("PROXY header: addresses too short");
        }
        byte[] source = new byte[addressBytes];
        body.readBytes(source);
        body.skipBytes(addressBytes);
        return new InetSocketAddress(address(source), body.readUnsignedShort());
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("address of " + bytes.length + " bytes", e);
        }
    }
}
