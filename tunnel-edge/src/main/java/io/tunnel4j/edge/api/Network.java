package io.tunnel4j.edge.api;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** An address range, e.g. {@code 10.0.0.0/8}. Immutable. */
record Network(BigInteger address, int prefix, int bits) {
    /** Only literals: nothing that the JVM would look up in DNS. */
    private static final Pattern LITERAL = Pattern.compile("[0-9.]{7,15}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

    static Network parse(String field, String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        try {
            if (literal.length() <= 45 && LITERAL.matcher(literal).matches()) {
                byte[] bytes = InetAddress.getByName(literal).getAddress();
                int bits = bytes.length * Byte.SIZE;
                int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
                BigInteger address = new BigInteger(1, bytes);
                if (prefix >= 0 && prefix <= bits && address.getLowestSetBit() >= trailing(address, bits - prefix)) {
                    return new Network(address, prefix, bits);
                }
            }
        } catch (UnknownHostException | NumberFormatException e) {
            // Not an address: refused below.
        }
        throw BodyFields.wrong(field, "a network without host bits, e.g. 10.0.0.0/8 or fd00::/8");
    }

    private static int trailing(BigInteger address, int hostBits) {
        return address.signum() == 0 ? -1 : hostBits;
    }

    boolean contains(Network other) {
        return bits == other.bits
                && prefix <= other.prefix
                && address.shiftRight(bits - prefix).equals(other.address.shiftRight(bits - prefix));
    }

    @Override
    public String toString() {
        byte[] bytes = new byte[bits / Byte.SIZE];
        byte[] number = address.toByteArray();
        int length = Math.min(number.length, bytes.length);
        System.arraycopy(number, number.length - length, bytes, bytes.length - length, length);
        try {
            return InetAddress.getByAddress(bytes).getHostAddress() + "/" + prefix;
        } catch (UnknownHostException e) {
            throw new IllegalStateException(bytes.length + " bytes", e);
        }
    }
}
