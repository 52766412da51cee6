package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;

/** A wrong flag or value. */
final class Usage {
    private Usage() {}

    /** What {@link Main} shows as one line, and ends with {@link ExitCode#USAGE} for. */
    static TunnelException wrong(String message) {
        return new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, message);
    }
}
