package io.tunnel4j.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResponseHeadersTest {
    private final ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();

    static Stream<JsonObject> captured() {
        JsonObject odd = new JsonObject();
        odd.addProperty(
                "serialized_value",
                Vectors.text("headers/response-user-headers.value.txt").strip());
        odd.add("decoded", JsonParser.parseString(Vectors.text("headers/response-user-headers.decoded.json")));
        JsonArray more = JsonParser.parseString(Vectors.text("headers/more-examples.json"))
                .getAsJsonArray();
        return Stream.concat(Stream.of(odd), more.asList().stream().map(JsonElement::getAsJsonObject));
    }

    @ParameterizedTest
    @MethodSource("captured")
    void captured_value_decodesAndEncodesToTheSameBytes(JsonObject example) throws WireException {
        String value = example.get("serialized_value").getAsString();

        ResponseHeaders headers = ResponseHeaders.decode(new AsciiString(value));

        List<JsonElement> expected = example.getAsJsonArray("decoded").asList();
        assertThat(headers.size()).isEqualTo(expected.size());
        encoder.begin();
        for (int i = 0; i < headers.size(); i++) {
            JsonObject pair = expected.get(i).getAsJsonObject();
            assertThat(headers.name(i).toString()).isEqualTo(pair.get("name").getAsString());
            assertThat(ByteBufUtil.hexDump(headers.value(i).toByteArray()))
                    .isEqualTo(pair.get("value_hex").getAsString());
            assertThat(headers.isWellFormed(i)).isTrue();
            encoder.add(headers.name(i), headers.value(i));
        }
        assertThat(encoder.finish().toString()).isEqualTo(value);
    }

    @Test
    void captured_originResponse_givesTheCapturedFields() throws WireException {
        byte[] head = Vectors.bytes("headers/origin-response.bin");

        encoder.begin();
        for (int from = lineEnd(head, 0) + 2; head[from] != '\r'; from = lineEnd(head, from) + 2) {
            int end = lineEnd(head, from);
            int colon = from;
            while (head[colon] != ':') {
                colon++;
            }
            String name = new String(head, from, colon - from, US_ASCII);
            if (!name.equals("Connection")) { // the origin-side codec takes that one
                int value = colon + 1 < end && head[colon + 1] == ' ' ? colon + 2 : colon + 1;
                encoder.add(head, from, colon - from, value, end - value);
            }
        }
        String serialised = encoder.finish().toString();

        // The reference's order between different names is random.
        assertThat(elements(serialised))
                .isEqualTo(elements(
                        Vectors.text("headers/response-user-headers.value.txt").strip()));
        assertThat(ResponseHeaders.decode(serialised).contains("x-lower-case")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "x-lower-case,X-Lower-Case", "ETAG,Etag", "sec-WebSocket-accept,Sec-Websocket-Accept", "a--b,A--B",
                "x_y.z,X_y.z",
        "-x,-X", "cf-ray,Cf-Ray", "cf-int,Cf-Int", "cf-proxy,Cf-Proxy", "cf-internal,Cf-Internal",
    })
    void name_anyCase_becomesCanonical(String name, String canonical) throws WireException {
        encoder.begin();
        assertThat(encoder.add(name, "v")).isTrue();

        assertThat(ResponseHeaders.decode(encoder.finish()).name(0).toString()).isEqualTo(canonical);
    }

    @ParameterizedTest
    @CsvSource({
        "''",
        "':status'",
        "'a b'",
        "'a:'",
        "'caf\u00e9'",
        "'\u0141'",
        "'a\tb'",
        "cf-int-x",
        "CF-INT-",
        "Cf-Cloudflared-Response-Meta",
        "cf-proxy-src",
    })
    void name_invalidOrOfTheTunnel_isLeftOut(String name) {
        encoder.begin();
        assertThat(encoder.add(name, "v")).isFalse();
        assertThat(encoder.add(new AsciiString(name), "v")).isFalse();

        assertThat(encoder.finish().toString()).isEmpty();
    }

    @Test
    void value_anyBytesAndLengths_roundTrips() throws WireException {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int length = 0; length < 600; length++) {
            byte[] source = new byte[length + 5];
            random.nextBytes(source);
            System.arraycopy("name".getBytes(US_ASCII), 0, source, 1, 4);
            encoder.begin();
            encoder.add(source, 1, 4, 5, length);
            encoder.add("Second", new String(source, 5, length, ISO_8859_1));
            AsciiString serialised = encoder.finish();

            String expected = Base64.getEncoder()
                    .withoutPadding()
                    .encodeToString(new AsciiString(source, 5, length, true).toByteArray());
            assertThat(serialised.toString())
                    .as("seed %d", seed)
                    .isEqualTo("TmFtZQ:" + expected + ";U2Vjb25k:" + expected);
            ResponseHeaders headers = ResponseHeaders.decode(serialised);
            assertThat(headers.value(0).toByteArray())
                    .as("seed %d", seed)
                    .endsWith(headers.value(1).toByteArray());
            assertThat(headers.value(0).toString()).hasSize(length);
        }
    }

    @Test
    void value_twoMegabytes_passes() throws WireException {
        byte[] source = new byte[2_000_001];
        source[0] = 'x';

        encoder.begin();
        encoder.add(source, 0, 1, 1, 2_000_000);
        ResponseHeaders headers = ResponseHeaders.decode(encoder.finish());

        assertThat(headers.value(0).toString()).hasSize(2_000_000);
        assertThat(headers.isWellFormed(0)).as("NUL").isFalse();
    }

    @Test
    void encoder_manyFields_growsAndForgets() throws WireException {
        encoder.begin();
        for (int i = 0; i < 900; i++) {
            encoder.add("X-Number-" + i, "value " + i);
        }
        ResponseHeaders headers = ResponseHeaders.decode(encoder.finish());

        assertThat(headers.size()).isEqualTo(900);
        assertThat(headers.name(899).toString()).isEqualTo("X-Number-899");
        assertThat(headers.value(899).toString()).isEqualTo("value 899");
        assertThat(encoder.finish().toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "QQ,HEADER_SYNTAX", "QQ:QQ:QQ,HEADER_SYNTAX", "QQ:QQ;QQ,HEADER_SYNTAX", ":,HEADER_SYNTAX", ":QQ,HEADER_SYNTAX",
        "Q:QQ,HEADER_BASE64", "QQ==:QQ,HEADER_BASE64", "QQ:Q,HEADER_BASE64", "QQ:Q_-Q,HEADER_BASE64",
                "'QQ:Q Q',HEADER_BASE64",
        "QQ:QQ\u00e9,HEADER_BASE64", "QQ:QQ\u0141\u0141,HEADER_BASE64",
    })
    void decode_malformed_isRefused(String value, WireException.Kind kind) {
        WireException e = catchThrowableOfType(WireException.class, () -> ResponseHeaders.decode(value));

        assertThat(e.kind()).isEqualTo(kind);
    }

    @Test
    void decode_emptyElements_areSkipped() throws WireException {
        assertThat(ResponseHeaders.decode(";;QQ:;;Qg:QQ;").size()).isEqualTo(2);
        assertThat(ResponseHeaders.decode("").size()).isZero();
        assertThat(ResponseHeaders.decode(";").size()).isZero();
    }

    @Test
    void decode_overLimit_isRefused() {
        String many = String.join(";", Collections.nCopies(ResponseHeaders.MAX_FIELDS + 1, "QQ:QQ"));
        ByteBuf large = Unpooled.copiedBuffer("QQ:QQQQ", US_ASCII);

        WireException fields = catchThrowableOfType(WireException.class, () -> ResponseHeaders.decode(many));
        WireException bytes = catchThrowableOfType(WireException.class, () -> ResponseHeaders.decode(large, 6, 1));

        assertThat(fields.kind()).isEqualTo(WireException.Kind.HEADER_LIMIT);
        assertThat(bytes.kind()).isEqualTo(WireException.Kind.HEADER_LIMIT);
        assertThat(large.release()).isTrue();
    }

    @Test
    void decode_smugglingBytes_areReportedPerField() throws WireException {
        // "A" = "x\r\ny", "B b" = "", "C" = "\0", "D" = "d"
        ResponseHeaders headers = ResponseHeaders.decode("QQ:eA0KeQ;QiBi:;Qw:AA;RA:ZA");

        List<Boolean> wellFormed = new ArrayList<>();
        for (int i = 0; i < headers.size(); i++) {
            wellFormed.add(headers.isWellFormed(i));
        }
        assertThat(wellFormed).containsExactly(false, false, false, true);
    }

    private static List<String> elements(String value) {
        return Stream.of(value.split(";")).sorted().toList();
    }

    private static int lineEnd(byte[] head, int from) {
        int end = from;
        while (head[end] != '\r') {
            end++;
        }
        return end;
    }
}
