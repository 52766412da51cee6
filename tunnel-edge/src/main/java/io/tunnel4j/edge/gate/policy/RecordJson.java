package io.tunnel4j.edge.gate.policy;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.IdentityProvider;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.UUID;

/** Identity providers, service tokens and the edge's own records. Secrets stand apart. */
final class RecordJson {
    private RecordJson() {}

    static JsonObject writeProvider(IdentityProvider provider) {
        JsonObject config = new JsonObject();
        URI issuer = provider.issuer();
        if (issuer != null) {
            config.addProperty("issuer", issuer.toString());
            config.addProperty("client_id", provider.clientId());
            config.add("scopes", Fields.ofTexts(provider.scopes()));
            config.add("claims", Fields.ofTexts(provider.claims()));
            config.addProperty("email_claim_name", provider.emailClaim());
            config.addProperty("pkce_enabled", true);
        }
        JsonObject json = new JsonObject();
        json.addProperty("id", provider.id());
        json.addProperty("name", provider.name());
        json.addProperty("type", provider.type().wireName());
        json.add("config", config);
        return json;
    }

    static IdentityProvider readProvider(JsonObject json, byte[] secret) {
        IdentityProvider.Type type = IdentityProvider.Type.named(Fields.requiredText(json, "type"));
        String name = Fields.requiredText(json, "name");
        IdentityProvider.Builder builder = switch (type) {
            case LOCAL_USERS -> IdentityProvider.localUsers(name);
            case ONE_TIME_PIN -> IdentityProvider.oneTimePin(name);
            case OPENID_CONNECT -> readOpenIdConnect(name, Fields.object(json, "config"), secret);
        };
        String id = Fields.text(json, "id", "");
        return (id.isEmpty() ? builder : builder.id(id)).build();
    }

    private static IdentityProvider.Builder readOpenIdConnect(String name, JsonObject config, byte[] secret) {
        String issuer = Fields.requiredText(config, "issuer");
        URI uri;
        try {
            uri = URI.create(issuer);
        } catch (IllegalArgumentException e) {
            throw Fields.malformed("config.issuer", "an https URL");
        }
        IdentityProvider.Builder builder =
                IdentityProvider.openIdConnect(name, uri, Fields.requiredText(config, "client_id"));
        String sent = Fields.text(config, "client_secret", "");
        builder.clientSecret(sent.isEmpty() ? new String(secret, StandardCharsets.UTF_8) : sent);
        if (config.has("scopes")) {
            builder.scopes(Fields.texts(config, "scopes"));
        }
        return builder.claims(Fields.texts(config, "claims"))
                .emailClaim(Fields.text(config, "email_claim_name", "email"));
    }

    static JsonObject writeServiceToken(ServiceTokenRecord token) {
        JsonObject json = new JsonObject();
        json.addProperty("id", token.id());
        json.addProperty("name", token.name());
        json.addProperty("client_id", token.clientId());
        json.addProperty("duration", Fields.ofDuration(token.duration()));
        json.addProperty("created_at", token.createdAt().toString());
        json.addProperty("expires_at", token.expiresAt().toString());
        return json;
    }

    static ServiceTokenRecord readServiceToken(JsonObject json, byte[] secretHash) {
        Duration duration = Fields.duration(json, "duration");
        Instant created = Fields.instant(json, "created_at", Instant.EPOCH);
        return new ServiceTokenRecord(
                Fields.requiredText(json, "id"),
                Fields.requiredText(json, "name"),
                Fields.requiredText(json, "client_id"),
                new String(secretHash, StandardCharsets.US_ASCII),
                duration == null ? ServiceTokenRecord.DEFAULT_DURATION : duration,
                created,
                Fields.instant(json, "expires_at", created));
    }

    static JsonObject writeUser(LocalUser user) {
        JsonObject json = new JsonObject();
        json.addProperty("id", user.id());
        json.addProperty("email", user.email());
        json.add("groups", Fields.ofTexts(user.groups()));
        json.addProperty("disabled", user.isDisabled());
        return json;
    }

    static LocalUser readUser(JsonObject json, byte[] passwordHash) {
        String id = Fields.text(json, "id", "");
        return new LocalUser(
                id.isEmpty() ? UUID.randomUUID().toString() : id,
                Fields.requiredText(json, "email").toLowerCase(Locale.ROOT),
                new String(passwordHash, StandardCharsets.UTF_8),
                Fields.texts(json, "groups"),
                Fields.flag(json, "disabled", false));
    }

    static JsonObject writeKey(SigningKeyRecord key) {
        JsonObject json = new JsonObject();
        json.addProperty("id", key.id());
        json.addProperty("purpose", key.purpose());
        json.addProperty("certificate", key.certificate());
        json.addProperty("public_key", Base64.getEncoder().encodeToString(key.publicKey()));
        json.addProperty("created_at", key.createdAt().toString());
        Instant retired = key.retiredAt();
        if (retired != null) {
            json.addProperty("retired_at", retired.toString());
        }
        return json;
    }

    static SigningKeyRecord readKey(JsonObject json, byte[] privateKey) {
        return new SigningKeyRecord(
                Fields.requiredText(json, "id"),
                Fields.requiredText(json, "purpose"),
                privateKey,
                Fields.text(json, "certificate", ""),
                Base64.getDecoder().decode(Fields.requiredText(json, "public_key")),
                Fields.instant(json, "created_at", Instant.EPOCH),
                Fields.instant(json, "retired_at"));
    }

    static JsonObject writeRevocation(Revocation revocation) {
        JsonObject json = new JsonObject();
        json.addProperty("id", revocation.id());
        json.addProperty("not_before", revocation.notBefore().toString());
        return json;
    }

    static Revocation readRevocation(JsonObject json) {
        return new Revocation(Fields.requiredText(json, "id"), Fields.instant(json, "not_before", Instant.EPOCH));
    }
}
