package io.tunnel4j.registration;

import io.tunnel4j.wire.RpcEncoder.Content;
import io.tunnel4j.wire.StructBuilder;
import io.tunnel4j.wire.StructReader;
import io.tunnel4j.wire.WireException;
import io.tunnel4j.wire.WireException.Kind;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The structs of the registration interface, between our values and the wire (protocol document connector-edge §8.3 and §8.4).
 *
 * <p>Numbers are byte offsets in the data section and indices in the pointer section, as that document has them. Stateless,
 * thread-safe.
 */
final class RegistrationSchema {
    /** RegistrationServer, the bootstrap capability of a control stream. */
    static final long INTERFACE_ID = 0xf71695ec7fe85497L;

    static final int REGISTER_CONNECTION = 0;
    static final int UNREGISTER_CONNECTION = 1;
    static final int UPDATE_LOCAL_CONFIGURATION = 2;

    private static final int UUID_BYTES = 16;
    private static final int RESPONSE_ERROR = 0;
    private static final int RESPONSE_DETAILS = 1;
    private static final int SHOULD_RETRY_BIT = 64;

    private RegistrationSchema() {}

    static Content registerParams(ConnectionRequest request) {
        return new Content(1, 3, params -> {
            params.u8(0, request.connectionIndex());
            params.struct(0, 0, 2).text(0, request.accountTag()).data(1, request.tunnelSecret());
            params.data(1, bytes(request.tunnelId()));
            StructBuilder options = params.struct(2, 1, 2)
                    .bit(0, request.replaceExisting())
                    .u8(1, request.compressionQuality())
                    .u8(2, request.previousAttempts());
            ClientInfo client = request.client();
            options.struct(0, 0, 4)
                    .data(0, bytes(client.clientId()))
                    .texts(1, client.features())
                    .text(2, client.version())
                    .text(3, client.arch());
            options.data(1, addressBytes(request.originLocalIp()));
        });
    }

    static ConnectionRequest readRegisterParams(StructReader params) throws WireException {
        StructReader auth = params.struct(0);
        StructReader options = params.struct(2);
        StructReader client = options.struct(0);
        ClientInfo info =
                new ClientInfo(uuid("clientId", client.data(0)), client.texts(1), client.text(2), client.text(3));
        return ConnectionRequest.builder(auth.text(0), auth.data(1), uuid("tunnelId", params.data(1)), info)
                .connectionIndex(params.u8(0))
                .originLocalIp(address(options.data(1)))
                .replaceExisting(options.bit(0))
                .compressionQuality(options.u8(1))
                .previousAttempts(options.u8(2))
                .build();
    }

    static Content registerResults(ConnectionAnswer answer) {
        return new Content(0, 1, results -> {
            StructBuilder response = results.struct(0, 1, 1);
            if (answer instanceof ConnectionAnswer.Accepted accepted) {
                response.u16(0, RESPONSE_DETAILS)
                        .struct(0, 1, 2)
                        .bit(0, accepted.remotelyManaged())
                        .data(0, bytes(accepted.connectionId()))
                        .text(1, accepted.location());
            } else if (answer instanceof ConnectionAnswer.Refused refused) {
                response.u16(0, RESPONSE_ERROR)
                        .struct(0, 2, 1)
                        .i64(0, nanos(refused.retryAfter()))
                        .bit(SHOULD_RETRY_BIT, refused.shouldRetry())
                        .text(0, refused.cause());
            }
        });
    }

    static ConnectionAnswer readRegisterResults(StructReader results) throws WireException {
        if (!results.has(0)) {
            throw new WireException(Kind.VALUE, "registerConnection results without an answer");
        }
        StructReader response = results.struct(0);
        StructReader body = response.struct(0);
        return switch (response.u16(0)) {
            case RESPONSE_ERROR ->
                new ConnectionAnswer.Refused(
                        body.text(0), body.bit(SHOULD_RETRY_BIT), Duration.ofNanos(Math.max(0, body.i64(0))));
            case RESPONSE_DETAILS ->
                new ConnectionAnswer.Accepted(uuid("connection uuid", body.data(0)), body.text(1), body.bit(0));
            default ->
                throw new WireException(
                        Kind.VALUE, "registerConnection answer of kind " + response.u16(0) + " (expected: 0 or 1)");
        };
    }

    static Content updateParams(byte[] json) {
        return new Content(0, 1, params -> params.data(0, json));
    }

    static byte[] readUpdateParams(StructReader params) throws WireException {
        return params.data(0);
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(UUID_BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    private static UUID uuid(String name, byte[] bytes) throws WireException {
        if (bytes.length != UUID_BYTES) {
            throw new WireException(Kind.VALUE, name + " of " + bytes.length + " bytes (expected: " + UUID_BYTES + ")");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new UUID(buffer.getLong(), buffer.getLong());
    }

    /** An IPv4 address travels as an IPv4-mapped IPv6 address. */
    private static byte[] addressBytes(@Nullable InetAddress address) {
        if (address == null) {
            return new byte[0];
        }
        if (address instanceof Inet4Address) {
            return ByteBuffer.allocate(16)
                    .putLong(0)
                    .putShort((short) 0)
                    .putShort((short) 0xffff)
                    .put(address.getAddress())
                    .array();
        }
        return address.getAddress();
    }

    /** The address is for information only: one that is none is left out. */
    private static @Nullable InetAddress address(byte[] bytes) {
        try {
            return bytes.length == 0 ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException tooLong) {
            return Long.MAX_VALUE;
        }
    }
}
