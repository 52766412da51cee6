package io.tunnel4j.edge.gate.login;

/** Why nobody is logged in; the message is for operators and holds no secret. */
public final class LoginFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the failure.
     *
     * @param message what is wrong
     */
    public LoginFailure(String message) {
        super(message);
    }

    LoginFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
