package io.tunnel4j.edge.frontend;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Networks whose word about the client's address counts. Immutable, thread-safe. */
public final class TrustedProxies {
    /** Trusts nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    private final List<Network> networks;

    private record Network(byte[] address, int bits) {
        boolean contains(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >> (bit & 7);
                if (((address[bit >> 3] ^ other[bit >> 3]) & mask) != 0) {
                    return false;
                }
            }
            return true;
        }
    }

    private TrustedProxies(List<Network> networks) {
        this.networks = networks;
    }

    /**
     * Reads networks.
     *
     * @param cidrs addresses or networks such as {@code 10.0.0.0/8} or {@code ::1}
     * @return the set
     */
    public static TrustedProxies of(List<String> cidrs) {
        List<Network> networks = new ArrayList<>();
        for (String cidr : cidrs) {
            int slash = cidr.indexOf('/');
            byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? cidr : cidr.substring(0, slash));
            if (address == null) {
                throw new IllegalArgumentException("trusted proxy: " + cidr + " (expected: address or network)");
            }
            int bits = 8 * address.length;
            if (slash >= 0) {
                int given = cidr.length() - slash <= 4 ? parse(cidr, slash + 1) : -1;
                if (given < 0 || given > bits) {
                    throw new IllegalArgumentException(
                            "trusted proxy: " + cidr + " (expected: prefix length of 0 to " + bits + ")");
                }
                bits = given;
            }
            networks.add(new Network(address, bits));
        }
        return new TrustedProxies(List.copyOf(networks));
    }

    private static int parse(String text, int from) {
        int number = from == text.length() ? -1 : 0;
        for (int i = from; i < text.length(); i++) {
            int digit = Character.digit(text.charAt(i), 10);
            if (digit < 0) {
                return -1;
            }
            number = 10 * number + digit;
        }
        return number;
    }

    /**
     * Tells whether an address is trusted.
     *
     * @param address the address
     * @return true if it is in one of the networks
     */
    public boolean contains(InetAddress address) {
        if (networks.isEmpty()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        for (Network network : networks) {
            if (network.contains(bytes)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Finds the client behind trusted proxies: the last address in the list that is not a trusted proxy's.
     *
     * @param peer who connected; trusted
     * @param forwardedFor value of {@code X-Forwarded-For}; null if there is none
     * @return the client's address, with port 0; {@code peer} when the list says nothing useful
     */
    InetSocketAddress client(InetSocketAddress peer, @Nullable CharSequence forwardedFor) {
        if (forwardedFor == null) {
            return peer;
        }
        String[] hops = forwardedFor.toString().split(",", -1);
        InetSocketAddress client = peer;
        for (int i = hops.length - 1; i >= 0; i--) {
            byte[] bytes = NetUtil.createByteArrayFromIpAddressString(hops[i].strip());
            if (bytes == null) {
                break;
            }
            InetAddress address = address(bytes);
            client = new InetSocketAddress(address, 0);
            if (!contains(address)) {
                break;
            }
        }
        return client;
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("address of " + bytes.length + " bytes", e);
        }
    }
}
