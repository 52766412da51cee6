package io.tunnel4j.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.EdgeIpVersion;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.transport.Ticker;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Protocol document connector-edge §1. */
@ExtendWith(LeakCheck.class)
class DiscoveryConformanceTest {
    private static final String SERVICE = "_v2-origintunneld._tcp.argotunnel.com";
    private static final String TLS_NAME = "dns.example";

    private final RandomGenerator random = new Random(42);
    private final AtomicLong now = new AtomicLong();

    private static List<InetSocketAddress> addresses(String... literals) throws Exception {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String literal : literals) {
            addresses.add(new InetSocketAddress(InetAddress.getByName(literal), 7844));
        }
        return addresses;
    }

    private EdgeAddressPool pool(EdgeIpVersion version, List<InetSocketAddress> one, List<InetSocketAddress> two) {
        return new EdgeAddressPool(List.of(one, two), version, random, now::get);
    }

    private List<List<InetSocketAddress>> lookUp(ScriptedDns dns, String region) {
        return new SrvEdges(region, dns.servers(TLS_NAME), random, Ticker.SYSTEM).lookUp();
    }

    // --- SRV ---

    @Test
    void srv_twoTargets_areTwoRegionsByPriority() throws Exception {
        try (ScriptedDns dns = new ScriptedDns(TLS_NAME)) {
            dns.srv(SERVICE, 2, 1, 7845, "127.0.0.2");
            dns.srv(SERVICE, 1, 1, 7844, "127.0.0.1");
            dns.srv(SERVICE, 3, 1, 7846, "127.0.0.3");

            assertThat(lookUp(dns, null))
                    .containsExactly(
                            List.of(new InetSocketAddress("127.0.0.1", 7844)),
                            List.of(new InetSocketAddress("127.0.0.2", 7845)));
        }
    }

    @Test
    void srv_region_isPartOfTheName() throws Exception {
        try (ScriptedDns dns = new ScriptedDns(TLS_NAME)) {
            dns.srv("_us-v2-origintunneld._tcp.argotunnel.com", 1, 1, 7844, "127.0.0.1");
            dns.srv("_us-v2-origintunneld._tcp.argotunnel.com", 1, 1, 7844, "127.0.0.2");

            assertThat(lookUp(dns, "us")).hasSize(2);
        }
    }

    @Test
    void srv_oneTarget_isAnError() throws Exception {
        try (ScriptedDns dns = new ScriptedDns(TLS_NAME)) {
            dns.srv(SERVICE, 1, 1, 7844, "127.0.0.1");

            assertThatThrownBy(() -> lookUp(dns, null))
                    .isInstanceOfSatisfying(
                            TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.EDGE_NOT_FOUND))
                    .hasMessageContaining("at least 2");
        }
    }

    @Test
    void srv_systemResolverDoesNotKnow_askedOverTls() throws Exception {
        try (ScriptedDns dns = new ScriptedDns(TLS_NAME)) {
            dns.srv(SERVICE, 1, 1, 7844, "one.edge.invalid");
            dns.srv(SERVICE, 1, 1, 7844, "two.edge.invalid");
            dns.address("one.edge.invalid", "192.0.2.1");
            dns.address("one.edge.invalid", "2001:db8::1");
            dns.address("two.edge.invalid", "192.0.2.2");
            DnsServers servers = dns.servers(TLS_NAME);
            DnsServers broken = new DnsServers(
                    "dns://127.0.0.1:1", servers.fallback(), servers.fallbackName(), servers.fallbackTrust());

            List<List<InetSocketAddress>> found = new SrvEdges(null, broken, random, Ticker.SYSTEM).lookUp();

            assertThat(found).hasSize(2);
            assertThat(found.get(0).size() + found.get(1).size()).isEqualTo(3);
            assertThat(dns.asked).contains("tls " + SERVICE, "tls one.edge.invalid");
        }
    }

    @Test
    void srv_resolverOverTlsWithWrongName_isNotBelieved() throws Exception {
        try (ScriptedDns dns = new ScriptedDns(TLS_NAME)) {
            DnsServers servers = dns.servers("another.example");
            DnsServers broken = new DnsServers(
                    "dns://127.0.0.1:1", servers.fallback(), servers.fallbackName(), servers.fallbackTrust());

            assertThatThrownBy(() -> new SrvEdges(null, broken, random, Ticker.SYSTEM).lookUp())
                    .isInstanceOfSatisfying(
                            TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.EDGE_NOT_FOUND));
            assertThat(dns.asked).isEmpty();
        }
    }

    @Test
    void srv_noResolverAnswers_endsWithinItsLimits() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                ServerSocket silentOverTls = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            DnsServers servers = new DnsServers(
                    "dns://127.0.0.1:" + silent.getLocalPort(),
                    (InetSocketAddress) silentOverTls.getLocalSocketAddress(),
                    TLS_NAME,
                    null);
            AtomicInteger asked = new AtomicInteger();
            // By the connector's clock, the resolver over TLS is asked 14.8 s after the first question.
            Ticker late = () -> asked.getAndIncrement() == 0 ? 0 : TimeUnit.MILLISECONDS.toNanos(14_800);
            long start = System.nanoTime();

            assertThatThrownBy(() -> new SrvEdges(null, servers, random, late).lookUp())
                    .isInstanceOfSatisfying(
                            TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.EDGE_NOT_FOUND));

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("2 s and 4 s by UDP, the rest of 15 s over TLS")
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(9));
        }
    }

    @Test
    void dnsMessage_recordsAndLabelsBeyondTheBounds_areNotRead() throws Exception {
        ByteBuffer records = ByteBuffer.allocate(64 << 10);
        records.putShort((short) 7).putShort((short) 0x8180).putShort((short) 0).putShort((short) 100);
        records.putInt(0);
        for (int i = 0; i < 100; i++) {
            records.put((byte) 0)
                    .putShort((short) DnsMessage.TYPE_A)
                    .putShort((short) 1)
                    .putInt(60);
            records.putShort((short) 4).put(new byte[] {10, 0, 0, (byte) i});
        }
        assertThat(DnsMessage.parse(Arrays.copyOf(records.array(), records.position()), 7)
                        .addresses())
                .hasSize(64);

        ByteBuffer labels = ByteBuffer.allocate(1024);
        labels.putShort((short) 7).putShort((short) 0x8180).putShort((short) 1).putShort((short) 0);
        labels.putInt(0);
        for (int i = 0; i < 65; i++) {
            labels.put((byte) 1).put((byte) 'a');
        }
        labels.put((byte) 0).putInt(0);
        assertThatThrownBy(() -> DnsMessage.parse(Arrays.copyOf(labels.array(), labels.position()), 7))
                .isInstanceOf(DnsMessage.MalformedException.class)
                .hasMessageContaining("64 labels");
    }

    @Test
    void dnsMessage_pointerLoopOrGarbage_isRefused() {
        byte[] loop = {0, 7, (byte) 0x81, (byte) 0x80, 0, 1, 0, 0, 0, 0, 0, 0, (byte) 0xc0, 12, 0, 1, 0, 1};

        assertThatThrownBy(() -> DnsMessage.parse(loop, 7)).isInstanceOf(DnsMessage.MalformedException.class);
        Random octets = new Random(7);
        for (int i = 0; i < 5000; i++) {
            byte[] garbage = new byte[octets.nextInt(200)];
            octets.nextBytes(garbage);
            if (garbage.length > 4) {
                garbage[0] = 0;
                garbage[1] = 7;
                garbage[2] |= (byte) 0x80;
                garbage[3] &= (byte) 0xf0;
            }
            try {
                DnsMessage.parse(garbage, 7);
            } catch (DnsMessage.MalformedException e) {
                assertThat(e).hasMessageMatching(".+");
            }
        }
    }

    // --- Static addresses ---

    @Test
    void staticAddresses_alternateBetweenRegions_unresolvableSkipped() {
        List<List<InetSocketAddress>> found = new StaticEdges(
                        List.of("127.0.0.1:1", "127.0.0.2:2", "nowhere.invalid:3", "127.0.0.4:4", "127.0.0.5:5"),
                        EdgeIpVersion.AUTO)
                .lookUp();

        assertThat(found.get(0)).extracting(InetSocketAddress::getPort).containsExactly(1, 5);
        assertThat(found.get(1)).extracting(InetSocketAddress::getPort).containsExactly(2, 4);
    }

    @Test
    void staticAddresses_noneResolvable_isAnErrorThatNamesThem() {
        assertThatThrownBy(() -> new StaticEdges(List.of("nowhere.invalid:7844"), EdgeIpVersion.AUTO).lookUp())
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.EDGE_NOT_FOUND))
                .hasMessageContaining("nowhere.invalid:7844");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host", "host:", ":7844", "host:0", "host:99999", "host:x", "::1:7844"})
    void staticAddress_notHostAndPort_refused(String text) {
        assertThatThrownBy(() -> EdgeAddress.checkHostPort(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected: host:port");
    }

    @Test
    void staticAddress_repeated_givesMoreSlots() throws Exception {
        EdgeAddressPool pool = pool(EdgeIpVersion.AUTO, addresses("192.0.2.1", "192.0.2.1"), addresses("192.0.2.1"));

        assertThat(pool.size()).isEqualTo(3);
        assertThat(Set.of(pool.acquire(0), pool.acquire(1), pool.acquire(2))).hasSize(3);
    }

    // --- Assignment ---

    @Test
    void assignment_firstTwo_comeFromBothRegions() throws Exception {
        EdgeAddressPool pool = pool(
                EdgeIpVersion.AUTO, addresses("192.0.2.1", "192.0.2.2"), addresses("198.51.100.1", "198.51.100.2"));

        Set<Integer> regions = new HashSet<>();
        for (int index = 0; index < 2; index++) {
            regions.add(pool.acquire(index).socket().getAddress().getAddress()[0] & 0xff);
        }

        assertThat(regions).containsExactlyInAnyOrder(192, 198);
    }

    @Test
    void assignment_sameIndexAgain_keepsItsAddress() throws Exception {
        EdgeAddressPool pool = pool(EdgeIpVersion.AUTO, addresses("192.0.2.1", "192.0.2.2"), addresses("192.0.2.3"));

        EdgeAddress first = pool.acquire(0);

        assertThat(pool.acquire(0)).isSameAs(first);
    }

    @Test
    void rotation_takesADifferentAddressAndFreesTheFormer() throws Exception {
        EdgeAddressPool pool = pool(EdgeIpVersion.AUTO, addresses("192.0.2.1"), addresses("192.0.2.2"));
        EdgeAddress first = pool.acquire(0);

        pool.rotate(0, true);

        assertThat(pool.acquire(0)).isNotSameAs(first);
        assertThat(pool.acquire(1)).isSameAs(first);
        assertThat(pool.acquire(2)).isNull();
    }

    @Test
    void rotation_onlyOneAddress_isTakenAgain() throws Exception {
        EdgeAddressPool pool = pool(EdgeIpVersion.AUTO, addresses("192.0.2.1"), addresses());
        EdgeAddress only = pool.acquire(0);

        pool.rotate(0, true);

        assertThat(pool.acquire(0)).isSameAs(only);
    }

    // --- Families ---

    @Test
    void family_fixed_othersAreLeftOut() throws Exception {
        List<InetSocketAddress> both = addresses("192.0.2.1", "2001:db8::1", "2001:db8::2");

        assertThat(pool(EdgeIpVersion.IPV4, both, addresses()).size()).isEqualTo(1);
        assertThat(pool(EdgeIpVersion.IPV6, both, addresses()).size()).isEqualTo(2);
        assertThat(pool(EdgeIpVersion.AUTO, both, addresses()).size()).isEqualTo(1);
    }

    @Test
    void family_ipv6Fails_ipv4ForTenMinutes() throws Exception {
        EdgeAddressPool pool =
                pool(EdgeIpVersion.AUTO, addresses("2001:db8::1", "192.0.2.1", "192.0.2.2"), addresses());
        assertThat(pool.acquire(0).isIpv6()).isTrue();

        pool.rotate(0, true);

        assertThat(pool.acquire(0).isIpv6()).isFalse();
        // An IPv4 failure switches back at once.
        pool.rotate(0, true);
        assertThat(pool.acquire(0).isIpv6()).isTrue();
    }

    @Test
    void family_ipv6FailsOnTheSecondarySet_backOnlyAfterTenMinutes() throws Exception {
        Region region = new Region(addresses("2001:db8::1", "192.0.2.1"), EdgeIpVersion.AUTO);
        EdgeAddress six = region.active().get(0);
        region.failed(six, 0);

        region.failed(six, Region.SECONDARY_NANOS - 1);
        assertThat(region.active()).noneMatch(EdgeAddress::isIpv6);
        region.failed(six, Region.SECONDARY_NANOS);

        assertThat(region.active()).allMatch(EdgeAddress::isIpv6);
    }
}
