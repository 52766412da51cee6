package io.tunnel4j.examples.browser;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Map;
import java.util.stream.Collectors;

/** An OpenID Connect provider where one person is logged in already. */
public final class ScriptedSignOn implements AutoCloseable {
    private final HttpServer server;
    private final RSAKey key;
    private final String clientId;
    private final String email;
    private volatile String nonce = "";

    public ScriptedSignOn(String clientId, String email) throws IOException, JOSEException {
        this.clientId = clientId;
        this.email = email;
        key = new RSAKeyGenerator(2048).keyID("key").generate();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    public URI issuer() {
        return URI.create("http://localhost:" + server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getRawQuery();
        String body = switch (exchange.getRequestURI().getPath()) {
            case "/.well-known/openid-configuration" ->
                "{\"issuer\":\"" + issuer() + "\",\"authorization_endpoint\":\"" + issuer()
                        + "/authorize\",\"token_endpoint\":\"" + issuer() + "/token\",\"jwks_uri\":\"" + issuer()
                        + "/jwks\"}";
            case "/jwks" -> "{\"keys\":[" + key.toPublicJWK().toJSONString() + "]}";
            case "/token" -> "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"id_token\":\"" + idToken() + "\"}";
            default -> "";
        };
        if (exchange.getRequestURI().getPath().equals("/authorize")) {
            Map<String, String> asked = Arrays.stream(query.split("&"))
                    .map(pair -> pair.split("=", 2))
                    .collect(Collectors.toMap(pair -> pair[0], pair -> URLDecoder.decode(pair[1], UTF_8)));
            nonce = asked.getOrDefault("nonce", "");
            exchange.getResponseHeaders()
                    .set("Location", asked.get("redirect_uri") + "?code=code&state=" + asked.get("state"));
            exchange.sendResponseHeaders(302, -1);
        } else {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(body.isEmpty() ? 404 : 200, body.length());
            exchange.getResponseBody().write(body.getBytes(UTF_8));
        }
        exchange.close();
    }

    private String idToken() {
        Instant now = Instant.now();
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("key").build(),
                new JWTClaimsSet.Builder()
                        .issuer(issuer().toString())
                        .subject("person")
                        .audience(clientId)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(300)))
                        .claim("nonce", nonce)
                        .claim("email", email)
                        .claim("email_verified", true)
                        .build());
        try {
            token.sign(new RSASSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
        return token.serialize();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
