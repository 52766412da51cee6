package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * One line of the list that decides where a SOCKS origin may connect to. The first rule that covers address and port
 * decides; when none does, the destination is refused. Immutable.
 *
 * @param prefix the addresses in CIDR form, for example {@code 10.0.0.0/8} or {@code fd00::/8}
 * @param ports the destination ports; empty for all
 * @param allow whether a destination covered by this rule is allowed
 */
public record IpRule(String prefix, List<Integer> ports, boolean allow) {
    /**
     * Creates a rule.
     *
     * @param prefix the addresses in CIDR form, for example {@code 10.0.0.0/8} or {@code fd00::/8}
     * @param ports the destination ports; empty for all
     * @param allow whether a destination covered by this rule is allowed
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} for a malformed prefix or port
     */
    public IpRule {
        requireNonNull(prefix, "prefix");
        ports = List.copyOf(ports);
        int slash = prefix.indexOf('/');
        byte[] address = slash < 0 ? null : NetUtil.createByteArrayFromIpAddressString(prefix.substring(0, slash));
        if (address == null || !isPrefixLength(prefix.substring(slash + 1), address.length * 8)) {
            throw invalid("ipRules prefix: \"" + prefix + "\" (expected: a CIDR such as \"10.0.0.0/8\")");
        }
        for (int port : ports) {
            if (port < 1 || port > 65535) {
                throw invalid("ipRules port: " + port + " (expected: 1 to 65535)");
            }
        }
    }

    /**
     * Tells whether this rule decides about a destination.
     *
     * @param address the destination's address
     * @param port the destination's port
     * @return true if both are covered
     */
    public boolean covers(InetAddress address, int port) {
        if (!ports.isEmpty() && !ports.contains(port)) {
            return false;
        }
        int slash = prefix.indexOf('/');
        byte[] network = normalised(NetUtil.createByteArrayFromIpAddressString(prefix.substring(0, slash)));
        byte[] candidate = normalised(address.getAddress());
        if (network.length != candidate.length) {
            return false;
        }
        int bits = Integer.parseInt(prefix.substring(slash + 1));
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i & 7);
            if (((network[i >> 3] ^ candidate[i >> 3]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** An IPv4 address written as IPv6 must not slip past an IPv4 rule. */
    private static byte[] normalised(byte[] address) {
        try {
            return InetAddress.getByAddress(address).getAddress();
        } catch (UnknownHostException e) {
            return address;
        }
    }

    private static boolean isPrefixLength(String text, int max) {
        if (text.isEmpty() || text.length() > 3 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return false;
        }
        return Integer.parseInt(text) <= max;
    }

    private static TunnelException invalid(String message) {
        return new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, message);
    }
}
