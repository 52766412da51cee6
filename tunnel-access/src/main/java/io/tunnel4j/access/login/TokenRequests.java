package io.tunnel4j.access.login;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.store.StrictJson;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** What is done with a token besides connecting: to check it, and to have an SSH key signed. Thread-safe; blocks its caller. */
final class TokenRequests {
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SIGN_TIMEOUT = Duration.ofSeconds(10);

    private final HttpTransport http;

    TokenRequests(HttpTransport http) {
        this.http = http;
    }

    /** Tells whether the edge takes a token: anything but a redirect to the login page means that it does. */
    boolean accepts(URI application, AccessToken token, LoginAttempt attempt) {
        String query = FormQuery.parse(application.getRawQuery())
                .set("cloudflared_token_check", "true")
                .encode();
        URI url = URI.create("https://" + application.getRawAuthority() + application.getRawPath() + "?" + query);
        HttpCall call = HttpCall.get(url, CHECK_TIMEOUT).with("Cf-Access-Token", token.compact());
        return !isSentToLogin(http.send(call, attempt), url);
    }

    private static boolean isSentToLogin(HttpAnswer answer, URI url) {
        URI to = answer.status() == 302 ? answer.redirect(url) : null;
        return to != null && to.getPath() != null && to.getPath().startsWith(Discovery.LOGIN_PATH);
    }

    /**
     * A certificate for an SSH key.
     *
     * @param text in the form of a public key file
     * @param expiresAt its end; null if the edge does not say
     */
    record SignedKey(String text, @Nullable Instant expiresAt) {}

    SignedKey sign(URI application, AccessToken token, String publicKey, LoginAttempt attempt) {
        String issuer = token.issuer();
        URI url = issuer == null ? null : Uris.resolve(application, issuer + "/cdn-cgi/access/cert_sign");
        if (url == null || !Uris.isHttps(url)) {
            throw failure(
                    TunnelErrorCode.EDGE_PROTOCOL,
                    application,
                    "the app token names no issuer to ask for a certificate");
        }
        JsonObject request = new JsonObject();
        request.addProperty("public_key", publicKey);
        request.addProperty("jwt", token.compact());
        request.addProperty("issuer", issuer);
        HttpCall call = HttpCall.post(url, request.toString().getBytes(StandardCharsets.UTF_8), SIGN_TIMEOUT)
                .with("Content-Type", "application/json");
        HttpAnswer answer = http.send(call, attempt);
        JsonObject body = StrictJson.object(answer.text());
        if (answer.status() != 200) {
            throw failure(
                    TunnelErrorCode.NOT_AUTHORIZED,
                    application,
                    "no SSH certificate: " + refusal(answer.status(), body));
        }
        String certificate = string(body, "certificate");
        if (certificate == null) {
            throw failure(
                    TunnelErrorCode.EDGE_PROTOCOL, application, "no SSH certificate in the answer of " + url.getHost());
        }
        return new SignedKey(certificate, time(string(body, "expires_at")));
    }

    /** The numbers are the body's, as the reference shows them. */
    private static String refusal(int status, @Nullable JsonObject body) {
        String message = string(body, "message");
        boolean numbered = body != null && body.get("status") instanceof JsonPrimitive number && number.isNumber();
        String code = body != null && numbered ? body.get("status").getAsString() : String.valueOf(status);
        return Uris.printable(code + ": " + (message == null ? "" : message));
    }

    private static @Nullable String string(@Nullable JsonObject body, String name) {
        return body != null && body.get(name) instanceof JsonPrimitive value && value.isString()
                ? value.getAsString()
                : null;
    }

    private static @Nullable Instant time(@Nullable String text) {
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException unreadable) {
            return null;
        }
    }

    private static TunnelException failure(TunnelErrorCode code, URI application, String message) {
        return new TunnelException(code, Uris.name(application) + ": " + message);
    }
}
