package io.tunnel4j.wire;

import io.netty.buffer.ByteBuf;
import io.tunnel4j.wire.RpcMessage.Target;
import java.util.function.Consumer;

/**
 * Writes messages of the Cap'n Proto RPC protocol, byte for byte as the reference does.
 *
 * <p>Each result is one complete message on the heap, which the receiver releases. Stateless, thread-safe.
 */
public final class RpcEncoder {
    private RpcEncoder() {}

    /**
     * Parameters or results to write.
     *
     * @param dataWords size of the struct's data section
     * @param pointers size of its pointer section
     * @param fields sets its fields
     */
    public record Content(int dataWords, int pointers, Consumer<StructBuilder> fields) {
        /** A struct without fields. */
        public static final Content EMPTY = new Content(0, 0, struct -> {});
    }

    /**
     * Writes a bootstrap.
     *
     * @param questionId number for the answer
     * @return the message
     */
    public static ByteBuf bootstrap(int questionId) {
        MessageBuilder message = new MessageBuilder();
        body(message, RpcMessage.Tags.BOOTSTRAP, 1, 1).i32(0, questionId);
        return message.finish();
    }

    /**
     * Writes a call.
     *
     * @param questionId number for the answer
     * @param target the object
     * @param interfaceId the interface that declares the method
     * @param methodId its ordinal there
     * @param params its parameters
     * @return the message
     */
    public static ByteBuf call(int questionId, Target target, long interfaceId, int methodId, Content params) {
        MessageBuilder message = new MessageBuilder();
        StructBuilder call = body(message, RpcMessage.Tags.CALL, 3, 3)
                .i32(0, questionId)
                .u16(4, methodId)
                .i64(8, interfaceId);
        StructBuilder object = call.struct(0, 1, 1);
        if (target instanceof Target.ImportedCapability imported) {
            object.i32(0, imported.id()).u16(4, RpcMessage.Tags.TARGET_IMPORTED);
        } else if (target instanceof Target.PromisedAnswer promised) {
            object.u16(4, RpcMessage.Tags.TARGET_PROMISED)
                    .struct(0, 1, 1)
                    .i32(0, promised.questionId())
                    .structs(0, 0, 1, 0);
        }
        payload(call.struct(1, 0, 2), params);
        return message.finish();
    }

    /**
     * Writes a successful return.
     *
     * @param answerId the question's number
     * @param results what it returned
     * @return the message
     */
    public static ByteBuf results(int answerId, Content results) {
        MessageBuilder message = new MessageBuilder();
        payload(returnBody(message, answerId, RpcMessage.Tags.RETURN_RESULTS).struct(0, 0, 2), results);
        return message.finish();
    }

    /**
     * Writes a return whose result is a capability of this side.
     *
     * @param answerId the question's number
     * @param exportId this side's number for the capability
     * @return the message
     */
    public static ByteBuf capability(int answerId, int exportId) {
        MessageBuilder message = new MessageBuilder();
        StructBuilder payload = returnBody(message, answerId, RpcMessage.Tags.RETURN_RESULTS)
                .struct(0, 0, 2)
                .capability(0, 0);
        payload.structs(1, 1, 1, 1)
                .get(0)
                .u16(0, RpcMessage.Capability.SENDER_HOSTED)
                .i32(4, exportId);
        return message.finish();
    }

    /**
     * Writes a return of a question that failed.
     *
     * @param answerId the question's number
     * @param error why
     * @return the message
     */
    public static ByteBuf exception(int answerId, RpcMessage.RpcError error) {
        MessageBuilder message = new MessageBuilder();
        error(returnBody(message, answerId, RpcMessage.Tags.RETURN_EXCEPTION).struct(0, 1, 1), error);
        return message.finish();
    }

    /**
     * Writes a return of a question that its asker gave up.
     *
     * @param answerId the question's number
     * @return the message
     */
    public static ByteBuf canceled(int answerId) {
        MessageBuilder message = new MessageBuilder();
        returnBody(message, answerId, RpcMessage.Tags.RETURN_CANCELED);
        return message.finish();
    }

    /**
     * Writes a finish.
     *
     * @param questionId the question's number
     * @param releaseResultCaps whether the capabilities in the results are given back
     * @return the message
     */
    public static ByteBuf finish(int questionId, boolean releaseResultCaps) {
        MessageBuilder message = new MessageBuilder();
        body(message, RpcMessage.Tags.FINISH, 1, 0)
                .i32(0, questionId)
                .bit(RpcMessage.Tags.INVERTED_FLAG_BIT, !releaseResultCaps);
        return message.finish();
    }

    /**
     * Writes a release.
     *
     * @param importId the peer's number for the capability
     * @param referenceCount how many references are given back
     * @return the message
     */
    public static ByteBuf release(int importId, int referenceCount) {
        MessageBuilder message = new MessageBuilder();
        body(message, RpcMessage.Tags.RELEASE, 1, 0).i32(0, importId).i32(4, referenceCount);
        return message.finish();
    }

    /**
     * Writes an abort.
     *
     * @param error why
     * @return the message
     */
    public static ByteBuf abort(RpcMessage.RpcError error) {
        MessageBuilder message = new MessageBuilder();
        error(body(message, RpcMessage.Tags.ABORT, 1, 1), error);
        return message.finish();
    }

    /**
     * Writes a message back that this side does not know.
     *
     * @param unknown root of the message
     * @return the message
     * @throws WireException when a pointer in it is malformed
     */
    public static ByteBuf unimplemented(StructReader unknown) throws WireException {
        MessageBuilder message = new MessageBuilder();
        StructBuilder root = message.root(1, 1).u16(0, RpcMessage.Tags.UNIMPLEMENTED);
        StructCopy.copy(unknown, root, 0);
        return message.finish();
    }

    private static StructBuilder body(MessageBuilder message, int tag, int dataWords, int pointers) {
        return message.root(1, 1).u16(0, tag).struct(0, dataWords, pointers);
    }

    private static StructBuilder returnBody(MessageBuilder message, int answerId, int tag) {
        return body(message, RpcMessage.Tags.RETURN, 2, 1)
                .i32(0, answerId)
                .bit(RpcMessage.Tags.INVERTED_FLAG_BIT, true)
                .u16(6, tag);
    }

    private static void payload(StructBuilder payload, Content content) {
        content.fields().accept(payload.struct(0, content.dataWords(), content.pointers()));
        payload.structs(1, 0, 1, 1);
    }

    private static void error(StructBuilder struct, RpcMessage.RpcError error) {
        struct.u16(4, error.type()).text(0, error.reason());
    }
}
