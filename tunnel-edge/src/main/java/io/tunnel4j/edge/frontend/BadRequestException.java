package io.tunnel4j.edge.frontend;

/** A request that is not served because of its form. Without a stack trace: it describes a client, not a bug. */
final class BadRequestException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The status to answer with. */
    private final int status;

    BadRequestException(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }
}
