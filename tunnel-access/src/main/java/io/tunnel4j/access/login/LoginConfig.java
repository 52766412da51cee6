package io.tunnel4j.access.login;

import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.transport.Ticker;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;

/**
 * What a login needs besides a network.
 *
 * @param store keeps the tokens
 * @param prompt asks people to log in
 * @param authDomains which auth domains an application may name
 * @param transferStore where the tokens of a browser login wait
 * @param autoClose ask the page in the browser to close itself
 * @param timeout how long a login may take
 * @param time the clocks
 */
public record LoginConfig(
        TokenStore store,
        LoginPrompt prompt,
        AuthDomains authDomains,
        URI transferStore,
        boolean autoClose,
        Duration timeout,
        Time time) {
    /**
     * The clocks.
     *
     * @param wall says what time it is
     * @param ticker measures how long things take
     */
    public record Time(Clock wall, Ticker ticker) {
        /** The machine's clocks. */
        public static final Time SYSTEM = new Time(Clock.systemUTC(), Ticker.SYSTEM);
    }
}
