package io.tunnel4j.testing;

import io.netty.util.LeakPresenceDetector;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * JUnit extension that fails a test class which leaves a buffer unreleased or one of our threads running.
 *
 * <p>Looks once per class, after its {@code @AfterAll} methods, because fixtures may hold buffers from one test to the next, and gives
 * event loops five seconds to finish. Needs {@code -Dio.netty.customResourceLeakDetector=io.netty.util.LeakPresenceDetector}, which
 * the build sets; without it (a test started from an IDE) only threads are checked. Not for classes that run concurrently.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LeakCheck.class);

    /** For JUnit. */
    public LeakCheck() {}

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getStore(NAMESPACE).put("threads", Thread.getAllStackTraces().keySet());
    }

    @Override
    public void afterAll(ExtensionContext context) {
        Set<?> before = context.getStore(NAMESPACE).getOrDefault("threads", Set.class, Set.of());
        await(() -> leftThreads(before).isEmpty());
        Set<Thread> left = leftThreads(before);
        if (!left.isEmpty()) {
            throw new AssertionError("threads left running: "
                    + left.stream().map(Thread::getName).sorted().toList());
        }
        if (Detector.inUse()) {
            await(() -> !Detector.hasOpenResources());
            LeakPresenceDetector.check();
        }
    }

    private static void await(java.util.concurrent.Callable<Boolean> condition) {
        try {
            Awaitility.await().atMost(PATIENCE).until(condition);
        } catch (ConditionTimeoutException stillThere) {
            // The caller looks again and says what is there.
        }
    }

    private static Set<Thread> leftThreads(Set<?> before) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && !before.contains(thread) && isOurs(thread.getName()))
                .collect(Collectors.toSet());
    }

    /** The JDK and test libraries keep pools of their own; ours and Netty's event loops have these names. */
    private static boolean isOurs(String name) {
        return name.startsWith("tunnel") || name.startsWith("multiThreadIoEventLoopGroup");
    }

    /** Opens the detector's scope, which Netty shows to subclasses only. */
    private static final class Detector extends LeakPresenceDetector<Object> {
        private Detector() {
            super(Object.class);
        }

        static boolean inUse() {
            return LeakPresenceDetector.class
                    .getName()
                    .equals(System.getProperty("io.netty.customResourceLeakDetector"));
        }

        static boolean hasOpenResources() {
            return new Detector().currentScope().hasOpenResources();
        }
    }
}
