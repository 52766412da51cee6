package io.tunnel4j.transport;

/** The source of monotonic time. Thread-safe. */
@FunctionalInterface
public interface Ticker {
    /** The JVM's monotonic clock. */
    Ticker SYSTEM = System::nanoTime;

    /**
     * Returns nanoseconds since an arbitrary origin.
     *
     * @return comparable by difference only
     */
    long nanos();
}
