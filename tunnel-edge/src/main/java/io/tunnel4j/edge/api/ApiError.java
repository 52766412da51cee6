package io.tunnel4j.edge.api;

/** A refusal with its HTTP status and the API's error code. Thrown where the fault is found, answered by {@link ManagementApi}. */
final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final int code;

    ApiError(int status, int code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    static ApiError invalid(String message) {
        return new ApiError(400, 1003, message);
    }

    static ApiError notFound(String what) {
        return new ApiError(404, 1003, what + " not found");
    }

    int status() {
        return status;
    }

    int code() {
        return code;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}
