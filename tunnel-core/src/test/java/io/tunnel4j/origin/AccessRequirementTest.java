package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.tunnel4j.AccessIdentity;
import io.tunnel4j.AccessRequirement;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Protocol document access §10: the check at the connector. */
@ExtendWith(LeakCheck.class)
class AccessRequirementTest {
    private static final String ISSUER = "https://team.cloudflareaccess.com";
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    private static RSAKey first;
    private static RSAKey second;

    private final BlockingQueue<URI> fetches = new LinkedBlockingQueue<>();
    private volatile Instant now = NOW;
    private volatile CompletableFuture<String> keys;
    private ScriptedEdge edge;

    @BeforeAll
    static void generateKeys() throws Exception {
        first = new RSAKeyGenerator(2048).keyID("first").generate();
        second = new RSAKeyGenerator(2048).keyID("second").generate();
    }

    @BeforeEach
    void start() throws Exception {
        keys = published(first);
        Origin origin = Origin.channel(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new ShowIdentity());
                    }
                })
                .options(OriginOptions.builder()
                        .access(AccessRequirement.of("team", "aud-1", "aud-2"))
                        .build());
        edge = new ScriptedEdge(
                Ingress.of(origin),
                config -> config.clock(() -> now).accessKeys(address -> {
                    fetches.add(address);
                    return keys;
                }));
    }

    private static CompletableFuture<String> published(RSAKey key) {
        return CompletableFuture.completedFuture(new JWKSet(key).toString());
    }

    private static final class ShowIdentity extends SimpleChannelInboundHandler<HttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpRequest request) {
            AccessIdentity identity =
                    ctx.channel().attr(PipelineExchange.IDENTITY).get();
            ctx.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    HttpResponseStatus.OK,
                    Unpooled.copiedBuffer(identity.email() + identity.commonName(), StandardCharsets.US_ASCII)));
        }
    }

    private static String token(RSAKey key, UnaryOperator<JWTClaimsSet.Builder> change) throws Exception {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .issuer(ISSUER)
                .audience(List.of("other", "aud-2"))
                .subject("user-1")
                .claim("email", "a@example.com")
                .expirationTime(Date.from(NOW.plusSeconds(3600)))
                .notBeforeTime(Date.from(NOW));
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                change.apply(claims).build());
        jwt.sign(new RSASSASigner(key));
        return jwt.serialize();
    }

    @Test
    void token_above16KiB_is502() throws Exception {
        String token = token(first, c -> c.claim("padding", "x".repeat(16 << 10)));

        assertThat(ask(token).status()).isEqualTo(502);
    }

    @Test
    void tokens_foundGood_atMost1024AreRemembered() throws Exception {
        AccessCheck check = new AccessCheck(
                AccessRequirement.of("team", "aud-2"),
                address -> CompletableFuture.completedFuture(keys.join()),
                () -> now);

        for (int i = 0; i < 1030; i++) {
            String serial = "n" + i;
            assertThat(check.judge(token(first, c -> c.jwtID(serial))).join().status())
                    .isEqualTo(200);
        }

        assertThat(check.remembered()).isEqualTo(1024);
    }

    private Call ask(String token) throws Exception {
        return edge.get("/", "cf-access-jwt-assertion", token);
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    @Test
    void token_good_reachesTheOriginWithItsIdentity() throws Exception {
        String token = token(first, c -> c);

        assertThat(ask(token).body()).isEqualTo("a@example.com");
        assertThat(ask(token).body()).isEqualTo("a@example.com");

        assertThat(fetches).containsExactly(URI.create(ISSUER + "/cdn-cgi/access/certs"));
    }

    @Test
    void token_ofService_hasItsCommonName() throws Exception {
        String token = token(
                first,
                c -> c.subject("")
                        .claim("email", null)
                        .claim("common_name", "0123.access")
                        .audience("aud-1"));

        assertThat(ask(token).body()).isEqualTo("0123.access");
    }

    @Test
    void token_missingOrForAnotherApplication_is403() throws Exception {
        Call missing = edge.get("/");
        assertThat(missing.status()).isEqualTo(403);
        assertThat(missing.meta()).isEqualTo("{\"src\":\"origin\"}");
        assertThat(missing.body()).isEmpty();

        assertThat(ask(token(first, c -> c.audience("aud-3"))).status()).isEqualTo(403);
    }

    @Test
    void token_notTheTeams_is502() throws Exception {
        RSAKey forged = new RSAKeyGenerator(2048).keyID("first").generate();
        SignedJWT mac = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("first").build(),
                new JWTClaimsSet.Builder().issuer(ISSUER).audience("aud-1").build());
        mac.sign(new MACSigner(first.toRSAPublicKey().getEncoded()));

        assertThat(ask("garbage").status()).isEqualTo(502);
        assertThat(ask(token(forged, c -> c)).status()).isEqualTo(502);
        assertThat(ask(mac.serialize()).status()).isEqualTo(502);
        assertThat(ask(token(first, c -> c.issuer("https://evil.cloudflareaccess.com")))
                        .status())
                .isEqualTo(502);
        assertThat(ask(token(first, c -> c.expirationTime(null))).status()).isEqualTo(502);
    }

    @Test
    void token_atTheEdgesOfItsTime_isJudgedWithLeeway() throws Exception {
        String token = token(first, c -> c);

        now = NOW.minusSeconds(59);
        assertThat(ask(token).status()).isEqualTo(200);
        now = NOW.minusSeconds(61);
        assertThat(ask(token(first, c -> c.claim("n", 1))).status()).isEqualTo(502);
        now = NOW.plusSeconds(3600 + 59);
        assertThat(ask(token).status()).isEqualTo(200);
        now = NOW.plusSeconds(3600 + 61);
        assertThat(ask(token).status()).isEqualTo(502);
    }

    @Test
    void keys_rotated_areFetchedAgainButNotOnEveryRequest() throws Exception {
        assertThat(ask(token(first, c -> c)).status()).isEqualTo(200);
        keys = published(second);

        assertThat(ask(token(second, c -> c)).status()).isEqualTo(502);
        now = NOW.plus(AccessKeys.MIN_INTERVAL);
        assertThat(ask(token(second, c -> c)).status()).isEqualTo(200);
        assertThat(ask(token(second, c -> c.claim("n", 1))).status()).isEqualTo(200);

        assertThat(fetches).hasSize(2);
    }

    @Test
    void keys_old_areRefreshedInTheBackground() throws Exception {
        assertThat(ask(token(first, c -> c.expirationTime(Date.from(NOW.plus(Duration.ofDays(1))))))
                        .status())
                .isEqualTo(200);
        now = NOW.plus(AccessKeys.REFRESH);
        keys = CompletableFuture.failedFuture(new IllegalStateException("team unreachable"));

        assertThat(ask(token(first, c -> c.claim("n", 2).expirationTime(Date.from(NOW.plus(Duration.ofDays(1))))))
                        .status())
                .isEqualTo(200);
        assertThat(fetches).hasSize(2);
    }

    @Test
    void keys_unreachable_refuses() throws Exception {
        keys = CompletableFuture.failedFuture(new IllegalStateException("team unreachable"));

        assertThat(ask(token(first, c -> c)).status()).isEqualTo(502);
        assertThat(ask(token(first, c -> c)).status()).isEqualTo(502);
        assertThat(fetches).hasSize(1);
    }

    @Test
    void keys_slow_requestWaitsWithItsBody() throws Exception {
        keys = new CompletableFuture<>();
        Call call =
                edge.post(ScriptedEdge.head("POST", "/", "cf-access-jwt-assertion", token(first, c -> c)), "the body");
        fetches.poll(10, TimeUnit.SECONDS);
        assertThat(call.hasHead()).isFalse();

        keys.complete(new JWKSet(first).toString());

        assertThat(call.body()).isEqualTo("a@example.com");
    }

    @Test
    void keys_slow_edgeGivesUp_nothingIsLeft() throws Exception {
        keys = new CompletableFuture<>();
        Call call =
                edge.post(ScriptedEdge.head("POST", "/", "cf-access-jwt-assertion", token(first, c -> c)), "the body");
        fetches.poll(10, TimeUnit.SECONDS);

        call.reset(8);
        assertThat(edge.outcomes.poll(10, TimeUnit.SECONDS).status()).isZero();

        keys.complete(new JWKSet(first).toString());
    }
}
