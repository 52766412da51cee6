package io.tunnel4j.edge.gate.policy;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** An address prefix in CIDR form. Immutable. */
record Prefix(byte[] network, int length) {
    /** Reads an address or a prefix; null if it is neither. Names are not resolved. */
    static @Nullable Prefix parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        int most = address.length * 8;
        if (slash < 0) {
            return new Prefix(address, most);
        }
        String digits = text.substring(slash + 1);
        if (!digits.matches("[0-9]{1,3}") || Integer.parseInt(digits) > most) {
            return null;
        }
        return new Prefix(address, Integer.parseInt(digits));
    }

    boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length != network.length) {
            return false;
        }
        for (int bit = 0; bit < length; bit += 8) {
            int mask = length - bit >= 8 ? 0xff : (0xff << (8 - (length - bit))) & 0xff;
            if (((bytes[bit / 8] ^ network[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }
}
