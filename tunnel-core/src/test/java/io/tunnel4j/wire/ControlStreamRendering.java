package io.tunnel4j.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.tunnel4j.wire.WireException.Kind;
import java.util.List;

/**
 * Writes a control-stream message in the words of the {@code .txt} files beside the captured bytes, by way of our reader.
 *
 * <p>Names and layouts are those of the protocol document, read a second time and independently of the production code.
 */
final class ControlStreamRendering {
    private static final String[] METHODS = {"registerConnection", "unregisterConnection", "updateLocalConfiguration"};

    private final StringBuilder out = new StringBuilder();

    private ControlStreamRendering() {}

    /** Renders one message; {@code method} names the call that a Return answers. */
    static String render(byte[] message, String method) throws WireException {
        MessageFramer framer = new MessageFramer(1 << 20);
        framer.feed(Unpooled.wrappedBuffer(message));
        StructReader root = framer.next();
        if (root == null || !framer.isBetweenMessages()) {
            throw new WireException(Kind.TRUNCATED, "not one whole message");
        }
        ControlStreamRendering rendering = new ControlStreamRendering();
        rendering.message(message, root, method);
        return rendering.out.toString();
    }

    private void message(byte[] bytes, StructReader root, String method) throws WireException {
        MessageReader message = root.message();
        StringBuilder sizes = new StringBuilder();
        for (int i = 0; i < message.segments(); i++) {
            sizes.append(i == 0 ? "" : ", ").append(message.words(i));
        }
        line(
                0,
                "frame: " + message.segments() + " segment(s), sizes in words [" + sizes + "], " + bytes.length
                        + " bytes total");
        StructReader body = root.struct(0);
        switch (root.u16(0)) {
            case 1 -> {
                line(0, "abort: " + struct("Exception", body));
                line(1, "reason: " + text(body, 0));
                line(1, "type: " + body.u16(4));
            }
            case 2 -> call(body);
            case 3 -> returned(body, method);
            case 4 -> {
                line(0, "finish: " + struct("Finish", body));
                line(1, "questionId: " + body.i32(0));
                line(1, "releaseResultCaps: " + flag(!body.bit(32)));
            }
            case 6 -> {
                line(0, "release: " + struct("Release", body));
                line(1, "id: " + body.i32(0));
                line(1, "referenceCount: " + body.i32(4));
            }
            case 8 -> {
                line(0, "bootstrap: " + struct("Bootstrap", body));
                line(1, "questionId: " + body.i32(0));
            }
            default -> throw new WireException(Kind.UNEXPECTED_MESSAGE, "message of kind " + root.u16(0));
        }
    }

    private void call(StructReader call) throws WireException {
        String method = METHODS[call.u16(4)];
        line(
                0,
                "call: questionId=" + call.i32(0) + " interfaceId=0x" + Long.toHexString(call.i64(8))
                        + " (RegistrationServer) methodId=" + call.u16(4) + " (" + method + ") sendResultsTo="
                        + call.u16(6));
        StructReader target = call.struct(0);
        if (target.u16(4) == 0) {
            line(1, "target: importedCap " + target.i32(0));
        } else {
            StructReader answer = target.struct(0);
            line(1, "target: promisedAnswer: " + struct("PromisedAnswer", answer));
            line(2, "questionId: " + answer.i32(0));
            line(2, "transform: composite list of " + answer.structs(0).size() + " (element 1 data words, 0 pointers)");
        }
        StructReader payload = call.struct(1);
        StructReader params = payload.struct(0);
        line(1, "params:");
        line(2, "content: " + struct(method + ".Params", params));
        switch (method) {
            case "registerConnection" -> registerParams(params);
            case "updateLocalConfiguration" ->
                line(3, "config: data(" + params.data(0).length + ") " + new String(params.data(0), UTF_8));
            default -> {}
        }
        line(2, "capTable: composite list of " + payload.structs(1).size());
    }

    private void registerParams(StructReader params) throws WireException {
        StructReader auth = params.struct(0);
        line(3, "auth: " + struct("TunnelAuth", auth));
        line(4, "accountTag: " + text(auth, 0));
        line(4, "tunnelSecret: " + data(auth, 1));
        line(3, "tunnelId: " + data(params, 1));
        line(3, "connIndex: " + params.u8(0));
        StructReader options = params.struct(2);
        line(3, "options: " + struct("ConnectionOptions", options));
        StructReader client = options.struct(0);
        line(4, "client: " + struct("ClientInfo", client));
        line(5, "clientId: " + data(client, 0));
        List<String> features = client.texts(1);
        line(5, "features: list of " + features.size() + " texts");
        for (int i = 0; i < features.size(); i++) {
            line(6, "[" + i + "] " + features.get(i));
        }
        line(5, "version: " + text(client, 2));
        line(5, "arch: " + text(client, 3));
        line(4, "originLocalIp: " + data(options, 1));
        line(4, "replaceExisting: " + flag(options.bit(0)));
        line(4, "compressionQuality: " + options.u8(1));
        line(4, "numPreviousAttempts: " + options.u8(2));
    }

    private void returned(StructReader answer, String method) throws WireException {
        line(
                0,
                "return: answerId=" + answer.i32(0) + " releaseParamCaps=" + flag(!answer.bit(32)) + " which="
                        + answer.u16(6) + " (results)");
        StructReader payload = answer.struct(0);
        line(1, "results:");
        List<StructReader> table = payload.structs(1);
        if (payload.capability(0) >= 0) {
            line(2, "content: capability, index " + payload.capability(0) + " in capTable");
        } else {
            StructReader content = payload.struct(0);
            line(2, "content: " + struct(method + ".Results", content));
            if (content.has(0)) {
                response(content.struct(0));
            }
        }
        line(2, "capTable: composite list of " + table.size());
        for (int i = 0; i < table.size(); i++) {
            line(3, "[" + i + "]: " + struct("CapDescriptor", table.get(i)));
            line(4, "which: " + table.get(i).u16(0) + " (senderHosted)");
            line(4, "id: " + table.get(i).i32(4));
        }
    }

    private void response(StructReader response) throws WireException {
        line(3, "result: " + struct("ConnectionResponse", response));
        boolean accepted = response.u16(0) == 1;
        line(4, "which: " + response.u16(0) + (accepted ? " (connectionDetails)" : " (error)"));
        StructReader body = response.struct(0);
        if (accepted) {
            line(4, "connectionDetails: " + struct("ConnectionDetails", body));
            line(5, "uuid: " + data(body, 0));
            line(5, "locationName: " + text(body, 1));
            line(5, "tunnelIsRemotelyManaged: " + flag(body.bit(0)));
        } else {
            line(4, "error: " + struct("ConnectionError", body));
            line(5, "cause: " + text(body, 0));
            line(5, "retryAfter: " + body.i64(0));
            line(5, "shouldRetry: " + flag(body.bit(64)));
        }
    }

    private static String struct(String name, StructReader struct) {
        return name + " @word " + struct.start() + " (" + struct.dataWords() + " data words, " + struct.pointers()
                + " pointers)";
    }

    private static String text(StructReader struct, int index) throws WireException {
        String text = struct.text(index);
        return "text(" + (text.getBytes(UTF_8).length + 1) + " bytes incl. NUL) b'" + text + "'";
    }

    private static String data(StructReader struct, int index) throws WireException {
        byte[] data = struct.data(index);
        StringBuilder hex = new StringBuilder();
        for (byte b : data) {
            hex.append(String.format("%02x", b));
        }
        return "data(" + data.length + ") " + hex;
    }

    private static String flag(boolean value) {
        return value ? "True" : "False";
    }

    private void line(int depth, String text) {
        out.append("  ".repeat(depth)).append(text).append('\n');
    }
}
