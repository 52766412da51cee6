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

    /** Hands a flag's value to the library, whose refusal names the setting; the one that is shown names the flag. */
    static void checked(String flag, String setting, Runnable use) {
        try {
            use.run();
        } catch (IllegalArgumentException refused) {
            throw wrong(String.valueOf(refused.getMessage()).replace(setting, flag));
        }
    }
}
