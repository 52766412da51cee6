package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.tunnel4j.IpRule;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A SOCKS5 server inside a WebSocket: CONNECT only, no authentication, destinations limited by rules. Confined to the event loop.
 *
 * <pre>
 *   GREETING ──05 00──► REQUEST ──look-up, rules, dial──► WAITING ──05 00──► OPEN
 * </pre>
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc1928">RFC 1928</a>
 */
final class SocksRelay extends WebSocketRelay {
    private static final int VERSION = 5;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int DOMAIN = 3;
    private static final int IPV6 = 4;

    private static final int SUCCEEDED = 0;
    private static final int NOT_ALLOWED = 2;
    private static final int NETWORK_UNREACHABLE = 3;
    private static final int HOST_UNREACHABLE = 4;
    private static final int REFUSED = 5;
    private static final int NOT_SUPPORTED = 7;

    /** Greeting and request together are shorter; a client that sends more before our answer breaks the protocol. */
    private static final int MAX_HANDSHAKE_BYTES = 1024;

    private enum State {
        GREETING,
        REQUEST,
        WAITING,
        OPEN
    }

    private final OriginOptions options;
    private final @Nullable Endpoint fixed;
    private final ByteBuf handshake = Unpooled.buffer(64, MAX_HANDSHAKE_BYTES);
    private State state = State.GREETING;

    /**
     * Creates the relay.
     *
     * @param fixed where every connection goes whatever the client asks for, or null to do as it asks within the rules
     */
    SocksRelay(LoopOrigins loop, OriginRequest request, OriginOptions options, @Nullable Endpoint fixed) {
        super(loop, request, null);
        this.options = options;
        this.fixed = fixed;
    }

    @Override
    void payload(ByteBuf payload) {
        if (state == State.OPEN || state == State.WAITING) {
            toOrigin(payload);
            return;
        }
        try {
            if (payload.readableBytes() > handshake.maxWritableBytes()) {
                end();
                return;
            }
            handshake.writeBytes(payload);
        } finally {
            payload.release();
        }
        if (state == State.GREETING) {
            greeting();
        }
        if (state == State.REQUEST) {
            socksRequest();
        }
        if (state != State.WAITING) {
            giveCreditNow();
        }
    }

    private void greeting() {
        if (handshake.isReadable() && handshake.getUnsignedByte(0) != VERSION) {
            end();
            return;
        }
        if (handshake.readableBytes() < 2 || handshake.readableBytes() < 2 + handshake.getUnsignedByte(1)) {
            return;
        }
        handshake.skipBytes(1);
        boolean withoutAuthentication = false;
        for (int methods = handshake.readUnsignedByte(); methods > 0; methods--) {
            withoutAuthentication |= handshake.readByte() == 0;
        }
        send(VERSION, withoutAuthentication ? 0 : 0xff);
        if (withoutAuthentication) {
            state = State.REQUEST;
        } else {
            end();
        }
    }

    private void socksRequest() {
        int available = handshake.readableBytes();
        int start = handshake.readerIndex();
        if (available < 5) {
            return;
        }
        int type = handshake.getUnsignedByte(start + 3);
        int addressBytes = switch (type) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case DOMAIN -> 1 + handshake.getUnsignedByte(start + 4);
            default -> -1;
        };
        if (addressBytes < 0 || handshake.getByte(start) != VERSION) {
            end();
            return;
        }
        if (available < 4 + addressBytes + 2) {
            return;
        }
        int command = handshake.getByte(start + 1);
        handshake.skipBytes(4);
        String host = host(type, addressBytes);
        int port = handshake.readUnsignedShort();
        state = State.WAITING;
        if (handshake.isReadable()) {
            toOrigin(handshake.readBytes(handshake.readableBytes()));
        }
        if (command != CONNECT) {
            refuse(NOT_SUPPORTED);
        } else if (fixed != null) {
            dial(fixed, options);
        } else {
            look(host, port);
        }
    }

    private String host(int type, int addressBytes) {
        if (type == DOMAIN) {
            int length = handshake.readUnsignedByte();
            return handshake.readCharSequence(length, StandardCharsets.US_ASCII).toString();
        }
        return NetUtil.bytesToIpAddress(ByteBufUtil.getBytes(handshake.readSlice(addressBytes)));
    }

    private void look(String host, int port) {
        Future<InetSocketAddress> lookup = loop().resolver().resolve(InetSocketAddress.createUnresolved(host, port));
        lookup.addListener(f -> {
            if (isStreamClosed()) {
                return;
            }
            if (!lookup.isSuccess()) {
                refuse(NOT_ALLOWED);
                return;
            }
            InetAddress address = lookup.getNow().getAddress();
            if (isAllowed(options.ipRules(), address, port)) {
                dial(Endpoint.tcp(NetUtil.toAddressString(address), port), options);
            } else {
                refuse(NOT_ALLOWED);
            }
        });
    }

    /** The first rule that covers a destination decides; without one it is refused. */
    static boolean isAllowed(List<IpRule> rules, InetAddress address, int port) {
        for (IpRule rule : rules) {
            if (rule.covers(address, port)) {
                return rule.allow();
            }
        }
        return false;
    }

    @Override
    void connected(Channel channel) {
        state = State.OPEN;
        reply(SUCCEEDED, channel.localAddress() instanceof InetSocketAddress local ? local : null);
    }

    @Override
    public void dialFailed(TunnelException cause) {
        if (isStreamClosed()) {
            return;
        }
        Throwable why = cause.getCause();
        if (why instanceof UnknownHostException || why instanceof NoRouteToHostException) {
            refuse(HOST_UNREACHABLE);
        } else {
            refuse(why instanceof ConnectException ? REFUSED : NETWORK_UNREACHABLE);
        }
    }

    private void refuse(int code) {
        reply(code, null);
        end();
    }

    private void reply(int code, @Nullable InetSocketAddress bound) {
        byte[] address = bound == null ? new byte[4] : bound.getAddress().getAddress();
        ByteBuf reply = stream().connection().channel().alloc().ioBuffer(22);
        reply.writeByte(VERSION).writeByte(code).writeByte(0).writeByte(address.length == 4 ? IPV4 : IPV6);
        reply.writeBytes(address).writeShort(bound == null ? 0 : bound.getPort());
        binary(reply);
        stream().flush();
    }

    private void send(int first, int second) {
        ByteBuf out = stream().connection().channel().alloc().ioBuffer(2);
        binary(out.writeByte(first).writeByte(second));
        stream().flush();
    }

    @Override
    protected void abandoned() {
        super.abandoned();
        handshake.release();
    }

    @Override
    void closedByClient() {
        if (state != State.OPEN) {
            end();
        }
    }
}
