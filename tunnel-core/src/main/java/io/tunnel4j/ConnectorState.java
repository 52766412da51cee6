package io.tunnel4j;

/**
 * Where a {@link TunnelConnector} stands.
 *
 * <pre>
 *   IDLE ──start──► CONNECTING ──first registration──► READY ◄──────► TRANSIENT_FAILURE
 *    │                  │                                │                   │
 *    └──────────────────┴──────────── drain, close ──────┴────► DRAINING ────┘
 *                       └─── start failed ───► TERMINATED ◄────────┘
 * </pre>
 */
public enum ConnectorState {
    /** Built, not started. */
    IDLE,
    /** Started; no connection has been registered yet. */
    CONNECTING,
    /** At least one connection is registered. */
    READY,
    /** Every connection is lost; all are being tried again. */
    TRANSIENT_FAILURE,
    /** No new work is wanted; what runs may finish. */
    DRAINING,
    /** Everything is closed. Final. */
    TERMINATED
}
