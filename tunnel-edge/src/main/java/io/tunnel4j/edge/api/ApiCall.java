package io.tunnel4j.edge.api;

import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Tunnel;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** One authorised call: what was asked, by whom, and the state it sees. Not thread-safe. */
final class ApiCall {
    private final EdgeRequest request;
    private final Map<String, String> parameters;
    private final ApiToken caller;
    private final EdgeState state;
    private final EdgeSnapshot snapshot;
    private final Query query;

    ApiCall(EdgeRequest request, Map<String, String> parameters, ApiToken caller, EdgeState state) {
        this.request = request;
        this.parameters = parameters;
        this.caller = caller;
        this.state = state;
        this.snapshot = state.current();
        this.query = Query.of(request.target());
    }

    ApiToken caller() {
        return caller;
    }

    EdgeSnapshot state() {
        return snapshot;
    }

    Query query() {
        return query;
    }

    BodyFields body() {
        return new BodyFields(StrictJson.object(request.body()));
    }

    boolean hasBody() {
        return request.body().length > 0;
    }

    /** A part of the path, already percent-decoded. */
    String parameter(String name) {
        String value = parameters.get(name);
        if (value == null) {
            throw new IllegalStateException("route has no parameter " + name);
        }
        return value;
    }

    String account() {
        return parameter("account");
    }

    UUID uuid(String name) {
        String text = parameter(name);
        if (!PathIds.isUuid(text)) {
            throw ApiError.notFound(name + " " + shortened(text));
        }
        return UUID.fromString(text);
    }

    static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    /** The live tunnel in the path; one of another account does not exist for this caller. */
    Tunnel tunnel(EdgeSnapshot in) {
        UUID id = uuid("tunnel");
        return in.tunnel(id)
                .filter(tunnel -> tunnel.accountTag().equals(account()))
                .orElseThrow(() -> ApiError.notFound("tunnel " + id));
    }

    /** Changes the state in the caller's name. */
    CompletionStage<ApiResult> change(String action, Function<EdgeDraft, ApiResult> change) {
        return state.change(actor(), action, change);
    }

    /** How the audit log names the caller. */
    String actor() {
        return "token " + caller.name() + " (" + caller.id() + ")";
    }

    EdgeState edgeState() {
        return state;
    }
}
