package io.tunnel4j;

/** What went wrong, as a stable code. New constants may be added. */
public enum TunnelErrorCode {
    /** A configuration value, file, token or pushed document is not valid. */
    INVALID_CONFIGURATION(false),
    /** The tunnel token or credentials file cannot be read or is malformed. */
    INVALID_CREDENTIALS(false),
    /** No edge address could be found (DNS). */
    EDGE_NOT_FOUND(true),
    /** An edge address does not answer, or the connection to it broke. */
    EDGE_UNREACHABLE(true),
    /** The edge's certificate is not trusted or is for another name. */
    EDGE_UNTRUSTED(false),
    /** The edge does not speak the tunnel protocol as expected. */
    EDGE_PROTOCOL(true),
    /** The edge refuses the credentials. */
    UNAUTHORIZED(false),
    /** The edge already has this connection. */
    DUPLICATE_CONNECTION(true),
    /** The edge refuses the registration for another reason and says a retry may help. */
    REGISTRATION_REFUSED_RETRYABLE(true),
    /** The edge refuses the registration for another reason for good. */
    REGISTRATION_REFUSED(false),
    /** The edge did not answer in time. */
    TIMEOUT(true),
    /** The origin does not answer, or breaks off. */
    ORIGIN_UNREACHABLE(true),
    /** The origin's certificate is not trusted or is for another name. */
    ORIGIN_UNTRUSTED(false),
    /** The origin's answer breaks the protocol, or the request cannot be put into it. */
    ORIGIN_PROTOCOL(false),
    /** The object has been shut down. */
    TERMINATED(false),
    /** Access: the host is not a protected application. */
    NOT_AN_ACCESS_APPLICATION(false),
    /** Access: the login was declined. */
    LOGIN_DECLINED(false),
    /** Access: nobody finished the login in time. */
    LOGIN_TIMED_OUT(true),
    /** Access: the session or token was revoked. */
    TOKEN_REVOKED(true),
    /** Access: the identity is known, but the policy refuses it. */
    NOT_AUTHORIZED(false),
    /** Access: the service token is refused. */
    SERVICE_TOKEN_REFUSED(false),
    /** Access: a token's times show that a clock is wrong. */
    CLOCK_SKEWED(false),
    /** Access: the token store cannot be read or written. */
    TOKEN_STORE(false),
    /** The management API answered with an error, or in a way that cannot be read. */
    API(false),
    /** The management API does not answer, or the connection to it broke. */
    API_UNREACHABLE(true),
    /** The management API asks to slow down. */
    RATE_LIMITED(true);

    private final boolean retryable;

    TunnelErrorCode(boolean retryable) {
        this.retryable = retryable;
    }

    /**
     * Tells whether the same attempt may succeed later without anybody changing anything.
     *
     * @return the default for the code
     */
    public boolean isRetryable() {
        return retryable;
    }
}
