package io.tunnel4j.edge.gate.login;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.gate.session.ExpiringTable;
import io.tunnel4j.edge.gate.session.RandomText;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The authorization code flow of OpenID Connect with PKCE, state and nonce (RFC 9700), towards any number of providers. Thread-safe, does not block.
 */
public final class OidcLogin {
    private static final int MAX_PENDING = 50_000;
    private static final int MAX_PROVIDERS = 256;
    private static final Duration PENDING = Duration.ofMinutes(15);
    private static final Duration METADATA_REUSE = Duration.ofMinutes(10);

    private final ProviderHttp http;
    private final RandomText random;
    private final URI redirectUri;
    private final ExpiringTable<String, Pending> pending;
    private final ExpiringTable<String, Endpoints> endpoints;

    /**
     * Creates the flow.
     *
     * @param http asks providers
     * @param random where states and nonces come from
     * @param redirectUri where browsers come back to
     * @param clock the time
     */
    public OidcLogin(ProviderHttp http, RandomText random, URI redirectUri, InstantSource clock) {
        this.http = http;
        this.random = random;
        this.redirectUri = redirectUri;
        this.pending = new ExpiringTable<>(MAX_PENDING, clock);
        this.endpoints = new ExpiringTable<>(MAX_PROVIDERS, clock);
    }

    /**
     * Starts a login.
     *
     * @param provider where
     * @param browser what the browser must show again when it comes back
     * @param purpose handed back then
     * @return where to send the browser
     */
    public CompletableFuture<URI> start(IdentityProvider provider, String browser, String purpose) {
        return endpoints(provider).thenApply(found -> {
            String state = random.next();
            Pending login = new Pending(provider.id(), browser, purpose, random.next(), random.next() + random.next());
            pending.put(state, login, PENDING);
            Map<String, String> query = new LinkedHashMap<>();
            query.put("response_type", "code");
            query.put("client_id", provider.clientId());
            query.put("redirect_uri", redirectUri.toString());
            query.put("scope", String.join(" ", provider.scopes()));
            query.put("state", state);
            query.put("nonce", login.nonce);
            query.put("code_challenge", challenge(login.verifier));
            query.put("code_challenge_method", "S256");
            String separator = found.authorization.getRawQuery() == null ? "?" : "&";
            return URI.create(found.authorization + separator + form(query));
        });
    }

    /**
     * Takes the state of a browser that has come back; it counts once.
     *
     * @param state as the browser brought it
     * @param browser what the browser shows
     * @return what was started; null if this browser did not start it
     */
    public @Nullable Pending resume(String state, String browser) {
        Pending login = pending.take(state);
        return login != null && RandomText.sameSecret(login.browser, browser) ? login : null;
    }

    /**
     * Finishes a login.
     *
     * @param provider where
     * @param login as resumed
     * @param code as the browser brought it
     * @return who it is; failed with {@link LoginFailure} if that is not certain
     */
    public CompletableFuture<Person> finish(IdentityProvider provider, Pending login, String code) {
        return endpoints(provider)
                .thenCompose(found -> redeem(provider, found, login, code).thenCompose(tokens -> {
                    JWTClaimsSet claims = verified(provider, found, login, text(tokens, "id_token"));
                    return claims.getClaim(provider.emailClaim()) == null && found.userInfo != null
                            ? userInfo(found.userInfo, text(tokens, "access_token"), claims)
                                    .thenApply(more -> person(provider, claims, more))
                            : CompletableFuture.completedFuture(person(provider, claims, new JsonObject()));
                }))
                .whenComplete((person, failure) -> {
                    if (failure != null) {
                        endpoints.take(cacheKey(provider)); // the provider may have changed its keys
                    }
                });
    }

    private CompletableFuture<JsonObject> redeem(
            IdentityProvider provider, Endpoints found, Pending login, String code) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", redirectUri.toString());
        form.put("code_verifier", login.verifier);
        form.put("client_id", provider.clientId());
        HttpRequest.Builder request =
                HttpRequest.newBuilder(found.token).header("Content-Type", "application/x-www-form-urlencoded");
        if (!provider.clientSecret().isEmpty()) {
            if (found.takesBasic) {
                String pair = encode(provider.clientId()) + ":" + encode(provider.clientSecret());
                request.header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
            } else {
                form.put("client_secret", provider.clientSecret());
            }
        }
        return http.send(request.POST(HttpRequest.BodyPublishers.ofString(form(form))));
    }

    private static JWTClaimsSet verified(IdentityProvider provider, Endpoints found, Pending login, String idToken) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(SignatureAlgorithms.ACCEPTED, new ImmutableJWKSet<>(found.keys)));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                provider.clientId(),
                new JWTClaimsSet.Builder()
                        .issuer(found.issuer)
                        .claim("nonce", login.nonce)
                        .build(),
                Set.of("sub", "exp", "iat")));
        try {
            JWTClaimsSet claims = processor.process(idToken, null);
            Object party = claims.getClaim("azp");
            if (claims.getAudience().size() > 1 && !provider.clientId().equals(party)) {
                throw new LoginFailure(provider.name() + ": the id token was issued to another party");
            }
            return claims;
        } catch (ParseException | BadJOSEException | JOSEException e) {
            throw new LoginFailure(provider.name() + ": the id token is not acceptable", e);
        }
    }

    private CompletableFuture<JsonObject> userInfo(URI uri, String accessToken, JWTClaimsSet claims) {
        return http.send(HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + accessToken))
                .thenApply(info -> {
                    if (!text(info, "sub").equals(claims.getSubject())) {
                        throw new LoginFailure("user info is about somebody else than the id token");
                    }
                    return info;
                });
    }

    private static Person person(IdentityProvider provider, JWTClaimsSet claims, JsonObject userInfo) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        userInfo.entrySet().forEach(entry -> all.put(entry.getKey(), values(entry.getValue())));
        claims.getClaims().forEach((name, value) -> {
            if (value != null) {
                all.put(name, values(value));
            }
        });
        String email = first(all, provider.emailClaim()).toLowerCase(Locale.ROOT);
        if (email.indexOf('@') < 1) {
            throw new LoginFailure(provider.name() + ": no e-mail address in claim " + provider.emailClaim());
        }
        if (provider.emailClaim().equals("email")
                && first(all, "email_verified").equals("false")) {
            throw new LoginFailure(provider.name() + ": the e-mail address is not verified");
        }
        String name = first(all, "name");
        return new Person(
                email,
                name.isEmpty() ? email : name,
                all.getOrDefault("groups", List.of()),
                all.getOrDefault("amr", List.of()),
                all);
    }

    private CompletableFuture<Endpoints> endpoints(IdentityProvider provider) {
        URI issuer = provider.issuer();
        if (issuer == null) {
            return CompletableFuture.failedFuture(new LoginFailure(provider.name() + ": no issuer configured"));
        }
        boolean isSafe = "https".equals(issuer.getScheme()) || "localhost".equals(issuer.getHost());
        if (!isSafe) {
            return CompletableFuture.failedFuture(
                    new LoginFailure(provider.name() + ": issuer " + issuer + " (expected: an https URL)"));
        }
        String key = cacheKey(provider);
        Endpoints known = endpoints.get(key);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        String base = issuer.toString().replaceAll("/+$", "");
        return http.get(URI.create(base + "/.well-known/openid-configuration"))
                .thenCompose(document -> {
                    if (!text(document, "issuer").replaceAll("/+$", "").equals(base)) {
                        throw new LoginFailure(provider.name() + ": the discovery document is of another issuer");
                    }
                    return http.get(uri(document, "jwks_uri"))
                            .thenApply(keys -> Endpoints.read(provider, document, keys));
                })
                .thenApply(found -> {
                    endpoints.put(key, found, METADATA_REUSE);
                    return found;
                });
    }

    private static String cacheKey(IdentityProvider provider) {
        return provider.id() + " " + provider.issuer();
    }

    private static URI uri(JsonObject document, String name) {
        try {
            URI uri = URI.create(text(document, name));
            if (uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new LoginFailure("discovery document: malformed " + name, e);
        }
        throw new LoginFailure("discovery document: no " + name);
    }

    private static String text(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
    }

    private static List<String> values(Object value) {
        List<String> values = new ArrayList<>();
        if (value instanceof Iterable<?> many) {
            many.forEach(each -> values.addAll(each == null ? List.of() : values(each)));
        } else if (value instanceof JsonElement json) {
            if (json.isJsonPrimitive()) {
                values.add(json.getAsString());
            }
        } else if (value instanceof String || value instanceof Number || value instanceof Boolean) {
            values.add(value.toString());
        }
        return values;
    }

    private static String first(Map<String, List<String>> claims, String name) {
        List<String> values = claims.getOrDefault(name, List.of());
        return values.isEmpty() ? "" : values.get(0);
    }

    private static String challenge(String verifier) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no SHA-256 in this JVM", e);
        }
    }

    private static String form(Map<String, String> values) {
        List<String> pairs = new ArrayList<>();
        values.forEach((name, value) -> pairs.add(name + "=" + encode(value)));
        return String.join("&", pairs);
    }

    private static String encode(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8);
    }

    /**
     * A login that has been started.
     *
     * @param providerId where
     * @param browser what the browser must show
     * @param purpose handed back
     * @param nonce must be in the id token
     * @param verifier proves that we started it
     */
    public record Pending(String providerId, String browser, String purpose, String nonce, String verifier) {
        /** Shows the provider only. */
        @Override
        public String toString() {
            return "Pending[" + providerId + "]";
        }
    }

    /** What discovery has found. */
    private record Endpoints(
            String issuer,
            URI authorization,
            URI token,
            @Nullable URI userInfo,
            boolean takesBasic,
            JWKSet keys) {
        static Endpoints read(IdentityProvider provider, JsonObject document, JsonObject keys) {
            try {
                return new Endpoints(
                        text(document, "issuer"),
                        uri(document, "authorization_endpoint"),
                        uri(document, "token_endpoint"),
                        text(document, "userinfo_endpoint").isEmpty() ? null : uri(document, "userinfo_endpoint"),
                        !document.has("token_endpoint_auth_methods_supported")
                                || values(document.get("token_endpoint_auth_methods_supported"))
                                        .contains("client_secret_basic"),
                        JWKSet.parse(keys.toString()));
            } catch (ParseException e) {
                throw new LoginFailure(provider.name() + ": the key set cannot be read", e);
            }
        }
    }
}
