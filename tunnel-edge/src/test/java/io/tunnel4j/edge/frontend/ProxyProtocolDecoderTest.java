package io.tunnel4j.edge.frontend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of the PROXY protocol, as text for version 1 and in hexadecimal behind the signature for version 2. */
class ProxyProtocolDecoderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String REST = "rest";

    private static ByteBuf bytes(String header) {
        ByteBuf bytes = Unpooled.buffer();
        if (header.startsWith("PROXY")) {
            bytes.writeBytes(header.replace("\\r", "\r").replace("\\n", "\n").getBytes(StandardCharsets.US_ASCII));
        } else {
            bytes.writeBytes(ByteBufUtil.decodeHexDump(SIGNATURE + header.replace(" ", "")));
        }
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({
        "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\\r\\n, 203.0.113.7:56324",
        "PROXY TCP6 2001:db8::7 2001:db8::1 1 443\\r\\n, [2001:db8:0:0:0:0:0:7]:1",
        "PROXY UNKNOWN\\r\\n, itself",
        "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\\r\\n, itself",
        "21 11 000c cb007107 c0000201 dc04 01bb, 203.0.113.7:56324",
        "21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 0001 01bb, [2001:db8:0:0:0:0:0:7]:1",
        "20 11 000c cb007107 c0000201 dc04 01bb, itself",
        "20 00 0000, itself",
        "21 00 0000, itself",
        "21 31 0000, itself",
        "21 11 0013 cb007107 c0000201 dc04 01bb 04000401020304, 203.0.113.7:56324",
    })
    void read_header_inAnyPieces_namesTheClient(String header, String expected) throws Exception {
        ByteBuf whole = bytes(header);
        int length = whole.readableBytes();
        whole.writeCharSequence(REST, StandardCharsets.US_ASCII);
        ByteBuf arrived = Unpooled.buffer();
        InetSocketAddress client = null;
        for (int i = 0; i < length; i++) {
            assertThat(client).as("before octet " + i).isNull();
            arrived.writeByte(whole.getByte(i));
            client = ProxyProtocolDecoder.read(arrived);
        }
        assertThat(arrived.isReadable()).isFalse();
        assertThat(text(client)).isEqualTo(expected);

        assertThat(text(ProxyProtocolDecoder.read(whole))).isEqualTo(expected);
        assertThat(whole.toString(StandardCharsets.US_ASCII)).isEqualTo(REST);
    }

    private static String text(InetSocketAddress client) {
        if (client.isUnresolved()) {
            return "itself";
        }
        String host = client.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + client.getPort();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\\n",
                "PROXY TCP4 203.0.113.7 192.0.2.1 56324\\r\\n",
                "PROXY TCP4 203.0.113.7  192.0.2.1 56324 443\\r\\n",
                "PROXY TCP4 2001:db8::7 2001:db8::1 1 443\\r\\n",
                "PROXY TCP6 203.0.113.7 192.0.2.1 56324 443\\r\\n",
                "PROXY TCP4 203.0.113.7 192.0.2.1 65536 443\\r\\n",
                "PROXY TCP4 203.0.113.7 192.0.2.1 -1 443\\r\\n",
                "PROXY TCP4 203.0.113.256 192.0.2.1 1 443\\r\\n",
                "PROXY TCP4 localhost 192.0.2.1 1 443\\r\\n",
                "PROXY UDP4 203.0.113.7 192.0.2.1 56324 443\\r\\n",
                "PROXY \\r\\n",
                "PROXY UNKNOWN 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\\r\\n",
                "11 11 000c cb007107 c0000201 dc04 01bb",
                "22 11 000c cb007107 c0000201 dc04 01bb",
                "21 11 0004 cb007107",
                "21 21 000c cb007107 c0000201 dc04 01bb",
                "21 11 ffff",
            })
    void read_malformed_refused(String header) {
        assertThatThrownBy(() -> ProxyProtocolDecoder.read(bytes(header)))
                .isInstanceOf(ProxyProtocolDecoder.MalformedHeaderException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1", "\u0016\u0003\u0001", "PROXX", "P", "\r\n\r\n"})
    void read_somethingElse_refusedAtTheFirstOctetThatDiffers(String first) throws Exception {
        ByteBuf in = Unpooled.copiedBuffer(first, StandardCharsets.ISO_8859_1);
        boolean mayBecomeOne = first.equals("P") || first.equals("\r\n\r\n");
        if (mayBecomeOne) {
            assertThat(ProxyProtocolDecoder.read(in)).isNull();
        } else {
            assertThatThrownBy(() -> ProxyProtocolDecoder.read(in))
                    .isInstanceOf(ProxyProtocolDecoder.MalformedHeaderException.class);
        }
    }
}
