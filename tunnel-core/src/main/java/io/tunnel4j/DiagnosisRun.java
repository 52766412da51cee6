package io.tunnel4j;

import io.netty.channel.EventLoopGroup;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.registration.ClientInfo;
import io.tunnel4j.supervisor.Diagnoser;
import io.tunnel4j.supervisor.Environment;
import io.tunnel4j.supervisor.Finding;
import io.tunnel4j.supervisor.Workers;
import io.tunnel4j.transport.EventLoops;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What a diagnosis runs on, which is its own, so that it works whatever the connector's state. Thread-safe. */
final class DiagnosisRun {
    private final EventLoops loops;
    private final Workers workers;
    private final StreamRouter router;
    private final Diagnoser diagnoser;
    private final CompletableFuture<Diagnosis> result = new CompletableFuture<>();

    DiagnosisRun(ConnectorConfig config, Environment environment, StreamRouter router, ClientInfo identity) {
        EventLoopGroup given = config.eventLoopGroup();
        loops = given == null ? EventLoops.start("diagnosis", 1) : EventLoops.of(given);
        workers = new Workers(config.executor());
        this.router = router;
        diagnoser = new Diagnoser(config, environment, loops, workers, router, identity);
    }

    CompletionStage<Diagnosis> start() {
        diagnoser.run().thenAccept(this::finish);
        return result.minimalCompletionStage();
    }

    private void finish(List<Finding> findings) {
        router.close();
        loops.shutdown()
                .whenComplete((done, problem) -> workers.executeOrRun(() -> {
                    workers.shutdown();
                    result.complete(new Diagnosis(
                            findings.stream().map(DiagnosisRun::step).toList()));
                }));
    }

    private static Diagnosis.Step step(Finding finding) {
        return Diagnosis.Step.builder(finding.kind(), finding.outcome())
                .subject(finding.subject())
                .code(finding.code())
                .detail(finding.detail())
                .advice(finding.advice())
                .elapsed(finding.elapsed())
                .build();
    }

    /** Ends it early. */
    void cancel() {
        diagnoser.cancel();
    }

    CompletableFuture<Diagnosis> result() {
        return result;
    }
}
