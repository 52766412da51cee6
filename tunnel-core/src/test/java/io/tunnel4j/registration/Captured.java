package io.tunnel4j.registration;

import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.TestMessages;
import io.tunnel4j.wire.Vectors;
import io.tunnel4j.wire.WireException;
import java.util.List;

/** One captured control stream: the messages of both sides in causal order. */
record Captured(String scenario, List<Message> messages) {
    private static final String ROOT = "control-stream/";

    static Captured of(String scenario) {
        return new Captured(
                scenario,
                Vectors.list(ROOT + scenario).stream()
                        .filter(file -> file.endsWith(".bin"))
                        .map(file -> new Message(file, Vectors.bytes(ROOT + scenario + "/" + file)))
                        .toList());
    }

    static List<String> scenarios() {
        return Vectors.list(ROOT);
    }

    /** The first message whose name ends like this. */
    Message message(String name) {
        return messages.stream()
                .filter(message -> message.is(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(scenario + " has no " + name));
    }

    boolean has(String name) {
        return messages.stream().anyMatch(message -> message.is(name));
    }

    ConnectionRequest request() throws WireException {
        RpcMessage.Call call =
                (RpcMessage.Call) message("call-registerConnection").decoded();
        return RegistrationSchema.readRegisterParams(call.params().content());
    }

    ConnectionAnswer answer() throws WireException {
        return RegistrationSchema.readRegisterResults(
                results("return-registerConnection").content());
    }

    byte[] report() throws WireException {
        RpcMessage.Call call =
                (RpcMessage.Call) message("call-updateLocalConfiguration").decoded();
        return RegistrationSchema.readUpdateParams(call.params().content());
    }

    private RpcMessage.Payload results(String name) throws WireException {
        RpcMessage.Return answer = (RpcMessage.Return) message(name).decoded();
        return ((RpcMessage.Outcome.Results) answer.outcome()).payload();
    }

    record Message(String file, byte[] bytes) {
        boolean is(String name) {
            return file.endsWith("-" + name + ".bin");
        }

        boolean isFromConnector() {
            return file.contains("connector-to-edge");
        }

        RpcMessage decoded() throws WireException {
            return RpcMessage.decode(TestMessages.root(bytes));
        }
    }
}
