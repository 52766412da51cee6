package io.tunnel4j.wire;

import io.tunnel4j.wire.WireException.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * One message of the Cap'n Proto RPC protocol (level 1), as a control stream carries it.
 *
 * <p>Results and parameters stay {@link StructReader}s, to be read by whoever knows the method. Sending is {@link RpcEncoder}'s.
 */
public sealed interface RpcMessage {
    /**
     * Reads the root struct of a message.
     *
     * @param root what {@link MessageFramer#next()} returned
     * @return the message
     * @throws WireException when a pointer in it is malformed
     */
    static RpcMessage decode(StructReader root) throws WireException {
        int tag = root.u16(0);
        StructReader body = root.struct(0);
        return switch (tag) {
            case Tags.UNIMPLEMENTED ->
                new Unimplemented(body.u16(0), body.struct(0).i32(0));
            case Tags.ABORT -> new Abort(RpcError.read(body));
            case Tags.BOOTSTRAP -> new Bootstrap(body.i32(0));
            case Tags.CALL ->
                new Call(
                        body.i32(0),
                        Target.read(body.struct(0)),
                        body.i64(8),
                        body.u16(4),
                        body.u16(6) == 0,
                        Payload.read(body.struct(1)));
            case Tags.RETURN -> new Return(body.i32(0), !body.bit(Tags.INVERTED_FLAG_BIT), Outcome.read(body));
            case Tags.FINISH -> new Finish(body.i32(0), !body.bit(Tags.INVERTED_FLAG_BIT));
            case Tags.RELEASE -> new Release(body.i32(0), body.i32(4));
            case Tags.RESOLVE -> new Resolve(body.i32(0));
            case Tags.DISEMBARGO -> new Disembargo(Target.read(body.struct(0)), body.u16(4), body.i32(0));
            default -> new Other(tag);
        };
    }

    /**
     * Asks for the peer's bootstrap capability.
     *
     * @param questionId the sender's number for the answer
     */
    record Bootstrap(int questionId) implements RpcMessage {}

    /**
     * Calls a method.
     *
     * @param questionId the sender's number for the answer
     * @param target the object
     * @param interfaceId the interface that declares the method
     * @param methodId its ordinal there
     * @param resultsToCaller false when the caller wishes the results elsewhere, which nobody on a control stream does
     * @param params its parameters
     */
    record Call(int questionId, Target target, long interfaceId, int methodId, boolean resultsToCaller, Payload params)
            implements RpcMessage {}

    /**
     * Answers a call or a bootstrap.
     *
     * @param answerId the question's number
     * @param releaseParamCaps whether the capabilities in the parameters are given back
     * @param outcome what came of it
     */
    record Return(int answerId, boolean releaseParamCaps, Outcome outcome) implements RpcMessage {}

    /**
     * Ends a question; its number may be used again once it is answered too.
     *
     * @param questionId the question's number
     * @param releaseResultCaps whether the capabilities in the results are given back
     */
    record Finish(int questionId, boolean releaseResultCaps) implements RpcMessage {}

    /**
     * Gives references to a capability back.
     *
     * @param id the receiver's number for the capability
     * @param referenceCount how many
     */
    record Release(int id, int referenceCount) implements RpcMessage {}

    /**
     * Ends the RPC connection.
     *
     * @param error why
     */
    record Abort(RpcError error) implements RpcMessage {}

    /**
     * The peer does not know a message of ours.
     *
     * @param tag kind of that message
     * @param id its first number: the question of a bootstrap or call
     */
    record Unimplemented(int tag, int id) implements RpcMessage {
        /**
         * Tells whether the unknown message was a question.
         *
         * @return true when {@link #id} is a question's number
         */
        public boolean isQuestion() {
            return tag == Tags.BOOTSTRAP || tag == Tags.CALL;
        }
    }

    /**
     * A promised capability became known.
     *
     * @param promiseId the sender's number for it
     */
    record Resolve(int promiseId) implements RpcMessage {}

    /**
     * Asks to be told when earlier calls have passed.
     *
     * @param target the object
     * @param context kind of loop
     * @param id the loop's number
     */
    record Disembargo(Target target, int context, int id) implements RpcMessage {}

    /**
     * A message of a kind this side does not know.
     *
     * @param tag its kind
     */
    record Other(int tag) implements RpcMessage {}

    /** The object of a call. */
    sealed interface Target {
        /**
         * A capability that the receiver has exported.
         *
         * @param id the receiver's number for it
         */
        record ImportedCapability(int id) implements Target {}

        /**
         * The result of an earlier question.
         *
         * @param questionId the sender's number for it
         * @param isWhole true when the result itself is meant, false for a field inside it
         */
        record PromisedAnswer(int questionId, boolean isWhole) implements Target {}

        private static Target read(StructReader target) throws WireException {
            return switch (target.u16(4)) {
                case Tags.TARGET_IMPORTED -> new ImportedCapability(target.i32(0));
                case Tags.TARGET_PROMISED -> {
                    StructReader answer = target.struct(0);
                    boolean isWhole = answer.structs(0).stream().allMatch(step -> step.u16(0) == 0);
                    yield new PromisedAnswer(answer.i32(0), isWhole);
                }
                default ->
                    throw new WireException(Kind.VALUE, "call target of kind " + target.u16(4) + " (expected: 0 or 1)");
            };
        }
    }

    /**
     * Parameters or results.
     *
     * @param content the struct; without fields when the content is a capability
     * @param capability index in {@code capTable} when the content is a capability, else -1
     * @param capTable the capabilities that travel along
     */
    record Payload(StructReader content, int capability, List<Capability> capTable) {
        private static Payload read(StructReader payload) throws WireException {
            int capability = payload.capability(0);
            // Index 2 is a field that no payload has: a struct without fields.
            StructReader content = payload.struct(capability < 0 ? 0 : 2);
            List<Capability> table = new ArrayList<>();
            for (StructReader entry : payload.structs(1)) {
                table.add(new Capability(entry.u16(0), entry.i32(4)));
            }
            return new Payload(content, capability, List.copyOf(table));
        }
    }

    /**
     * A capability in a payload.
     *
     * @param kind who hosts it; {@link #SENDER_HOSTED} is what an edge sends
     * @param id its number
     */
    record Capability(int kind, int id) {
        /** Hosted by the sender of the message. */
        public static final int SENDER_HOSTED = 1;
    }

    /** What came of a question. */
    sealed interface Outcome {
        /**
         * It succeeded.
         *
         * @param payload what it returned
         */
        record Results(Payload payload) implements Outcome {}

        /**
         * It failed.
         *
         * @param error why
         */
        record Failure(RpcError error) implements Outcome {}

        /** It was given up after a {@link Finish}. */
        record Canceled() implements Outcome {}

        /**
         * Something that nobody asked for.
         *
         * @param tag its kind
         */
        record Unsupported(int tag) implements Outcome {}

        private static Outcome read(StructReader body) throws WireException {
            int tag = body.u16(6);
            return switch (tag) {
                case Tags.RETURN_RESULTS -> new Results(Payload.read(body.struct(0)));
                case Tags.RETURN_EXCEPTION -> new Failure(RpcError.read(body.struct(0)));
                case Tags.RETURN_CANCELED -> new Canceled();
                default -> new Unsupported(tag);
            };
        }
    }

    /**
     * Why something failed, in the peer's words.
     *
     * @param type {@link #FAILED} or one of its siblings; others are possible
     * @param reason for people
     */
    record RpcError(int type, String reason) {
        /** A generic failure. */
        public static final int FAILED = 0;

        /** A lack of resources. */
        public static final int OVERLOADED = 1;

        /** A lost connection behind the peer. */
        public static final int DISCONNECTED = 2;

        /** An interface or method that the object does not have. */
        public static final int UNIMPLEMENTED = 3;

        private static RpcError read(StructReader error) throws WireException {
            return new RpcError(error.u16(4), error.text(0));
        }
    }

    /** Union tags and bits of the wire. */
    final class Tags {
        static final int UNIMPLEMENTED = 0;
        static final int ABORT = 1;
        static final int CALL = 2;
        static final int RETURN = 3;
        static final int FINISH = 4;
        static final int RESOLVE = 5;
        static final int RELEASE = 6;
        static final int BOOTSTRAP = 8;
        static final int DISEMBARGO = 13;

        static final int TARGET_IMPORTED = 0;
        static final int TARGET_PROMISED = 1;

        static final int RETURN_RESULTS = 0;
        static final int RETURN_EXCEPTION = 1;
        static final int RETURN_CANCELED = 2;

        /** releaseParamCaps of a return and releaseResultCaps of a finish: true by default, so stored inverted. */
        static final int INVERTED_FLAG_BIT = 32;

        private Tags() {}
    }
}
