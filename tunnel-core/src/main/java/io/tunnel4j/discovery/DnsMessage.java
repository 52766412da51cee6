package io.tunnel4j.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The part of DNS messages (RFC 1035, RFC 2782) that finding the edge takes. Stateless. Answers are read within fixed bounds: 64 records, 64
 * labels, compression pointers only backwards.
 */
final class DnsMessage {
    static final int TYPE_A = 1;
    static final int TYPE_AAAA = 28;
    static final int TYPE_SRV = 33;

    static final int MAX_RECORDS = 64;
    static final int MAX_LABELS = 64;

    private static final int CLASS_IN = 1;
    private static final int MAX_LABEL_LENGTH = 63;
    private static final int MAX_NAME_LENGTH = 253;
    private static final int RECURSION_DESIRED = 0x0100;
    private static final int RESPONSE = 0x8000;
    private static final int RCODE_MASK = 0x000f;
    private static final int POINTER = 0xc0;

    private DnsMessage() {}

    /** Says that an answer is not one. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message);
        }
    }

    /** A service's place. */
    record Srv(int priority, int weight, int port, String target) {}

    /** What an answer holds of the wanted kinds. */
    record Answer(List<Srv> services, List<InetAddress> addresses) {}

    static byte[] query(int id, String name, int type) {
        ByteBuffer out = ByteBuffer.allocate(512);
        out.putShort((short) id).putShort((short) RECURSION_DESIRED);
        out.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 0);
        if (name.length() > MAX_NAME_LENGTH) {
            throw new IllegalArgumentException("name: " + name.length() + " characters (expected: up to 253)");
        }
        for (String label : name.split("\\.", -1)) {
            if (label.isEmpty() || label.length() > MAX_LABEL_LENGTH) {
                throw new IllegalArgumentException("name: \"" + name + "\" (expected: labels of 1 to 63 characters)");
            }
            out.put((byte) label.length()).put(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.put((byte) 0).putShort((short) type).putShort((short) CLASS_IN);
        byte[] message = new byte[out.position()];
        out.flip().get(message);
        return message;
    }

    static Answer parse(byte[] message, int id) throws MalformedException {
        ByteBuffer in = ByteBuffer.wrap(message);
        try {
            if ((in.getShort() & 0xffff) != id) {
                throw new MalformedException("an answer to another question");
            }
            int flags = in.getShort() & 0xffff;
            if ((flags & RESPONSE) == 0) {
                throw new MalformedException("not an answer");
            }
            if ((flags & RCODE_MASK) != 0) {
                throw new MalformedException("the resolver answers with code " + (flags & RCODE_MASK));
            }
            int questions = in.getShort() & 0xffff;
            int answers = Math.min(MAX_RECORDS, in.getShort() & 0xffff);
            in.getInt();
            if (questions > 1) {
                throw new MalformedException(questions + " questions in the answer");
            }
            for (int i = 0; i < questions; i++) {
                name(in);
                in.getInt();
            }
            return records(in, answers);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new MalformedException("a truncated answer");
        }
    }

    private static Answer records(ByteBuffer in, int count) throws MalformedException {
        List<Srv> services = new ArrayList<>();
        List<InetAddress> addresses = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            name(in);
            int type = in.getShort() & 0xffff;
            in.getShort();
            in.getInt();
            int length = in.getShort() & 0xffff;
            int next = in.position() + length;
            switch (type) {
                case TYPE_SRV -> {
                    int priority = in.getShort() & 0xffff;
                    int weight = in.getShort() & 0xffff;
                    int port = in.getShort() & 0xffff;
                    services.add(new Srv(priority, weight, port, name(in)));
                }
                case TYPE_A, TYPE_AAAA -> addresses.add(address(in, type == TYPE_A ? 4 : 16, length));
                default -> {
                    // CNAME and others on the way to the answer.
                }
            }
            in.position(next);
        }
        return new Answer(List.copyOf(services), List.copyOf(addresses));
    }

    private static InetAddress address(ByteBuffer in, int expected, int length) throws MalformedException {
        if (length != expected) {
            throw new MalformedException("an address of " + length + " octets");
        }
        byte[] octets = new byte[length];
        in.get(octets);
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new MalformedException("an address of " + length + " octets");
        }
    }

    /** Reads a name; pointers must lead backwards, so that there is an end to them. */
    private static String name(ByteBuffer in) throws MalformedException {
        StringBuilder name = new StringBuilder();
        ByteBuffer at = in.duplicate();
        int end = -1;
        for (int labels = 0; labels < MAX_LABELS; ) {
            int start = at.position();
            int length = at.get() & 0xff;
            if (length == 0) {
                in.position(end < 0 ? at.position() : end);
                return name.toString();
            }
            if (length >= POINTER) {
                int target = ((length & ~POINTER) << 8) | (at.get() & 0xff);
                if (target >= start) {
                    throw new MalformedException("a name that points forwards");
                }
                end = end < 0 ? at.position() : end;
                at.position(target);
                labels++;
                continue;
            }
            if (length > MAX_LABEL_LENGTH || name.length() + length > MAX_NAME_LENGTH) {
                throw new MalformedException("a name that is too long");
            }
            byte[] label = new byte[length];
            at.get(label);
            name.append(name.isEmpty() ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
            labels++;
        }
        throw new MalformedException("a name of more than " + MAX_LABELS + " labels");
    }
}
