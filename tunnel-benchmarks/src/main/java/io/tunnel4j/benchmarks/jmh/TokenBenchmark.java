package io.tunnel4j.benchmarks.jmh;

import io.tunnel4j.access.AccessToken;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.gate.policy.InMemoryAccessState;
import io.tunnel4j.edge.gate.token.AccessClaims;
import io.tunnel4j.edge.gate.token.AccessTokens;
import io.tunnel4j.edge.gate.token.TokenKeys;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The check of an app token at the edge, and reading one at the client. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-Dio.netty.leakDetection.level=disabled")
public class TokenBenchmark {
    private final Application application = Application.builder("db.localhost").build();
    private final AccessTokens tokens = new AccessTokens(
            TokenKeys.open(new InMemoryAccessState(), InstantSource.system()),
            "https://team.localhost",
            "team",
            InstantSource.system());
    private final String token =
            tokens.forService(application, "bench.access", Duration.ofHours(1)).text();

    /**
     * At the edge: signature, issuer, audience, times.
     *
     * @return the claims
     */
    @Benchmark
    public @Nullable AccessClaims check() {
        return tokens.readForApplication(token, application.audience());
    }

    /**
     * At the client: what is in it and until when.
     *
     * @return the token
     */
    @Benchmark
    public AccessToken read() {
        return AccessToken.of(token);
    }
}
