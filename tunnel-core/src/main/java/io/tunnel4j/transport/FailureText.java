package io.tunnel4j.transport;

import java.net.NoRouteToHostException;

/** What a failed connection is to say to people. Decides nothing. Stateless. */
public final class FailureText {
    private static final String NATIVE_CALL = " failed with error(";
    private static final String NATIVE_CALL_END = "): ";

    private static final String NO_WORDS = "null:";

    private FailureText() {}

    /**
     * Returns the reason in one line, the same for each transport: native ones put the failed call and its number before it, as in {@code connect(..) failed with
     * error(-111): Connection refused}, or say nothing where there is no route.
     *
     * @param cause what a channel failed with
     * @return the reason; the kind of failure if it has no words
     */
    public static String of(Throwable cause) {
        String message = cause.getMessage();
        if (message == null || message.isEmpty()) {
            return cause.getClass().getSimpleName();
        }
        int newline = message.indexOf('\n');
        String line = newline < 0 ? message : message.substring(0, newline);
        if (cause instanceof NoRouteToHostException && line.startsWith(NO_WORDS)) {
            // Netty's own, which puts the address behind the words that there are not.
            return "No route to host" + line.substring(NO_WORDS.length() - 1);
        }
        int call = line.indexOf(NATIVE_CALL);
        int reason = call < 0 ? -1 : line.indexOf(NATIVE_CALL_END, call);
        return reason < 0 ? line : line.substring(reason + NATIVE_CALL_END.length());
    }
}
