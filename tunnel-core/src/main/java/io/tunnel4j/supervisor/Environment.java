package io.tunnel4j.supervisor;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.discovery.DnsServers;
import io.tunnel4j.transport.Ticker;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.random.RandomGenerator;

/**
 * What a supervisor takes from the world, so that tests can replace it.
 *
 * @param ticker monotonic time
 * @param clock wall-clock time
 * @param random jitter and choice
 * @param dns where edge addresses are looked up
 */
public record Environment(Ticker ticker, Clock clock, RandomGenerator random, DnsServers dns) {
    /** Checks. */
    public Environment {
        requireNonNull(ticker, "ticker");
        requireNonNull(clock, "clock");
        requireNonNull(random, "random");
        requireNonNull(dns, "dns");
    }

    /**
     * Returns the real world.
     *
     * @return the JVM's clocks, a secure random source, the system's resolver
     */
    public static Environment system() {
        return new Environment(Ticker.SYSTEM, Clock.systemUTC(), new SecureRandom(), DnsServers.system());
    }
}
