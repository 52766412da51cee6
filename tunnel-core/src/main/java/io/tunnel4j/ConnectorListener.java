package io.tunnel4j;

/**
 * Hears what happens to a connector.
 *
 * <p>Called on the connector's executor, never on an event loop, one event at a time in the order in which they happened. A listener
 * may block: later events wait, up to {@value #MAX_WAITING_EVENTS}, beyond which the oldest are dropped and their number is logged. What it throws is logged
 * at WARN and hurts nothing.
 */
@FunctionalInterface
public interface ConnectorListener {
    /** Events kept for a slow listener. */
    int MAX_WAITING_EVENTS = 1024;

    /**
     * Something happened.
     *
     * @param event what; switch on its type, and ignore types you do not know
     */
    void onEvent(ConnectorEvent event);
}
