package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.login.PasswordHash;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.gate.policy.InMemoryAccessState;
import io.tunnel4j.edge.gate.policy.LocalUser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A gate without a frontend, a clock to turn, and requests to ask it with. */
final class GateFixture implements AutoCloseable {
    static final String TEAM = "team.example.test";
    static final String PASSWORD = "correct horse battery staple";

    /** Hashed once: it is meant to take its time. */
    private static final String HASH = PasswordHash.of(PASSWORD);

    final FakeTime time = new FakeTime();
    final AccessState state = new InMemoryAccessState();
    final AccessGate gate;

    GateFixture() {
        this(AccessGate.builder(AccessSettings.builder(TEAM).build()));
    }

    GateFixture(AccessGate.Builder builder) {
        state.save(AccessKind.SIGNING_KEY, TestKeys.current());
        this.gate = builder.state(state).clock(time).build();
    }

    /** Adds somebody whose password is {@link #PASSWORD}. */
    void addUser(String email, String... groups) {
        state.save(AccessKind.USER, new LocalUser(email, email, HASH, List.of(groups), false));
    }

    /** Whether a host is served here; identity providers are not. */
    boolean knows(String host) {
        return (host.endsWith(".example.test") && !host.startsWith("idp.")) || gate.context.team.isServedBy(host);
    }

    GateDecision decide(EdgeRequest request) {
        CompletableFuture<GateDecision> decision = new CompletableFuture<>();
        gate.decide(request, decision::complete);
        return decision.orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** The answer; a request that the gate serves gets its body first. */
    EdgeResponse answer(EdgeRequest request) {
        return answer(decide(request), request);
    }

    EdgeResponse answer(GateDecision decision, EdgeRequest request) {
        if (decision instanceof GateDecision.Answer answer) {
            return answer.response();
        }
        if (decision instanceof GateDecision.Serve serve) {
            return serve.service()
                    .serve(request)
                    .toCompletableFuture()
                    .orTimeout(10, TimeUnit.SECONDS)
                    .join();
        }
        throw new AssertionError("expected an answer, was " + decision);
    }

    GateDecision.Pass pass(EdgeRequest request) {
        GateDecision decision = decide(request);
        if (decision instanceof GateDecision.Pass pass) {
            return pass;
        }
        throw new AssertionError("expected to pass, was " + decision);
    }

    static EdgeRequest get(String url, String... fields) {
        return request("GET", url, fields);
    }

    /** Makes a request; fields are names and values in turn. */
    static EdgeRequest request(String method, String url, String... fields) {
        int hostEnd = url.indexOf('/', "https://".length());
        String authority = url.substring("https://".length(), hostEnd < 0 ? url.length() : hostEnd);
        int colon = authority.indexOf(':');
        HttpHeaders headers = new DefaultHttpHeaders();
        for (int i = 0; i < fields.length; i += 2) {
            headers.add(fields[i], fields[i + 1]);
        }
        return new EdgeRequest(
                "ray-1",
                method,
                "https",
                colon < 0 ? authority : authority.substring(0, colon),
                colon < 0 ? 443 : Integer.parseInt(authority.substring(colon + 1)),
                hostEnd < 0 ? "/" : url.substring(hostEnd),
                headers,
                "websocket".equals(headers.get("Upgrade")),
                new InetSocketAddress(address("192.0.2.7"), 40_000),
                List.of(),
                new byte[0]);
    }

    static EdgeRequest post(String url, String form, String... fields) {
        return request("POST", url, fields).withBody(form.getBytes(StandardCharsets.UTF_8));
    }

    static EdgeRequest from(String client, EdgeRequest request) {
        return new EdgeRequest(
                request.id(),
                request.method(),
                request.scheme(),
                request.host(),
                request.port(),
                request.target(),
                request.headers(),
                request.isUpgrade(),
                new InetSocketAddress(address(client), 40_000),
                request.clientCertificates(),
                request.body());
    }

    /** Where a browser comes back to from an OpenID Connect provider. */
    static String callback(String state) {
        return "https://" + TEAM + "/cdn-cgi/access/callback?code=the-code&state=" + state;
    }

    static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    static String text(EdgeResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        gate.close();
    }

    /** A clock that stands still until it is turned. */
    static final class FakeTime implements InstantSource {
        private volatile Instant now = Instant.parse("2026-11-25T12:00:00Z");

        @Override
        public Instant instant() {
            return now;
        }

        void advance(Duration by) {
            now = now.plus(by);
        }
    }
}
