package io.tunnel4j.edge.api;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.store.Document;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Service tokens. The secret is in the answer that makes it, and nowhere else. Thread-safe. */
final class ServiceTokenCalls {
    private static final AccessKind<ServiceTokenRecord> KIND = AccessKind.SERVICE_TOKEN;
    private static final Duration LONGEST = Duration.ofDays(100 * 365L);
    private static final int SECRET_BYTES = 32;

    private ServiceTokenCalls() {}

    static void addTo(ApiRoutes routes) {
        String all = " /accounts/{account}/access/service_tokens";
        routes.add("GET" + all, Scope.ACCESS_READ, call -> AccessCalls.list(call, KIND));
        routes.add("GET" + all + "/{id}", Scope.ACCESS_READ, call -> AccessCalls.get(call, KIND));
        routes.add("POST" + all, Scope.ACCESS_EDIT, ServiceTokenCalls::create);
        routes.add("PUT" + all + "/{id}", Scope.ACCESS_EDIT, ServiceTokenCalls::update);
        routes.add("DELETE" + all + "/{id}", Scope.ACCESS_EDIT, ServiceTokenCalls::delete);
        routes.add("POST" + all + "/{id}/rotate", Scope.ACCESS_EDIT, ServiceTokenCalls::rotate);
        routes.add("POST" + all + "/{id}/refresh", Scope.ACCESS_EDIT, ServiceTokenCalls::refresh);
    }

    private static CompletionStage<ApiResult> create(ApiCall call) {
        BodyFields body = call.body();
        String name = body.text("name");
        String secret = PathIds.randomHex(SECRET_BYTES);
        JsonObject asked = new JsonObject();
        asked.addProperty("id", UUID.randomUUID().toString());
        asked.addProperty("name", name);
        asked.addProperty("client_id", PathIds.random() + ".access");
        if (body.has("duration")) {
            asked.addProperty("duration", body.text("duration"));
        }
        byte[] hash = ServiceTokenRecord.hash(secret).getBytes(StandardCharsets.US_ASCII);
        ServiceTokenRecord draftToken = AccessDocuments.read(KIND, asked, hash);
        return call.change("access_service_token.create", draft -> {
            ServiceTokenRecord token = new ServiceTokenRecord(
                    draftToken.id(),
                    name,
                    draftToken.clientId(),
                    draftToken.secretHash(),
                    draftToken.duration(),
                    draft.now(),
                    end(draft.now(), draftToken.duration()));
            return withSecret(AccessDocuments.store(draft, KIND, token), secret);
        });
    }

    private static Instant end(Instant from, Duration duration) {
        if (duration.isNegative() || duration.isZero() || duration.compareTo(LONGEST) > 0) {
            throw BodyFields.wrong("duration", "e.g. 8760h, up to 876000h");
        }
        try {
            return from.plus(duration);
        } catch (DateTimeException | ArithmeticException e) {
            throw BodyFields.wrong("duration", "e.g. 8760h");
        }
    }

    private static ApiResult withSecret(JsonObject stored, String secret) {
        JsonObject json = stored.deepCopy();
        json.addProperty("client_secret", secret);
        return ApiResult.of(json);
    }

    private static ServiceTokenRecord find(ApiCall call, EdgeDraft draft) {
        Document document = AccessDocuments.document(draft.state(), KIND, call.parameter("id"));
        return AccessDocuments.read(KIND, AccessDocuments.json(document), document.secret());
    }

    private static CompletionStage<ApiResult> update(ApiCall call) {
        BodyFields body = call.body();
        return call.change("access_service_token.update", draft -> {
            ServiceTokenRecord before = find(call, draft);
            JsonObject asked = KIND.write(before);
            asked.addProperty("name", body.text("name", before.name()));
            if (body.has("duration")) {
                asked.addProperty("duration", body.text("duration"));
            }
            ServiceTokenRecord read = AccessDocuments.read(KIND, asked, KIND.secret(before));
            Instant end = body.has("duration") ? end(draft.now(), read.duration()) : before.expiresAt();
            return ApiResult.of(AccessDocuments.store(
                    draft,
                    KIND,
                    new ServiceTokenRecord(
                            read.id(),
                            read.name(),
                            read.clientId(),
                            read.secretHash(),
                            read.duration(),
                            before.createdAt(),
                            end)));
        });
    }

    private static CompletionStage<ApiResult> rotate(ApiCall call) {
        String secret = PathIds.randomHex(SECRET_BYTES);
        return call.change("access_service_token.rotate", draft -> {
            ServiceTokenRecord token = find(call, draft).withSecretHash(ServiceTokenRecord.hash(secret));
            return withSecret(AccessDocuments.store(draft, KIND, token), secret);
        });
    }

    private static CompletionStage<ApiResult> refresh(ApiCall call) {
        return call.change(
                "access_service_token.refresh",
                draft -> ApiResult.of(
                        AccessDocuments.store(draft, KIND, find(call, draft).renewed(draft.now()))));
    }

    private static CompletionStage<ApiResult> delete(ApiCall call) {
        return call.change("access_service_token.delete", draft -> {
            ServiceTokenRecord token = find(call, draft);
            draft.delete(KIND.name(), token.id());
            draft.subject(token.id() + " " + token.name());
            return ApiResult.of(KIND.write(token));
        });
    }
}
