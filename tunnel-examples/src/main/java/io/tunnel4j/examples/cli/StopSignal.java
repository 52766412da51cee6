package io.tunnel4j.examples.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * SIGINT and SIGTERM: the first asks for an orderly end with exit code 0, a second one kills the process, as with the reference.
 *
 * <p>A shutdown hook could do neither. The JDK's signal class is reached by reflection because the compiler refuses to name it without a
 * warning; it belongs to the supported part of {@code jdk.unsupported}.
 */
final class StopSignal {
    private static final int KILLED = 130;

    private StopSignal() {}

    /** Returns when the process is asked to end. */
    static void await() {
        arm().join();
    }

    /** Takes over the signals from now on; completes with the first. */
    static CompletableFuture<Void> arm() {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        AtomicInteger count = new AtomicInteger();
        Runnable signalled = () -> {
            asked.complete(null);
            if (count.incrementAndGet() > 1) {
                Runtime.getRuntime().halt(KILLED);
            }
        };
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    StopSignal.class.getClassLoader(), new Class<?>[] {handlerType}, (proxy, method, arguments) -> {
                        return switch (method.getName()) {
                            case "handle" -> {
                                signalled.run();
                                yield null;
                            }
                            case "equals" -> proxy == arguments[0];
                            case "hashCode" -> System.identityHashCode(proxy);
                            default -> "StopSignal";
                        };
                    });
            for (String name : new String[] {"INT", "TERM"}) {
                signal.getMethod("handle", signal, handlerType)
                        .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
            }
        } catch (ReflectiveOperationException unavailable) {
            Runtime.getRuntime().addShutdownHook(new Thread(signalled, "tunnel-stop"));
        }
        return asked;
    }

    /** Sends SIGTERM to this process. */
    static void raise() throws ReflectiveOperationException {
        Class<?> signal = Class.forName("sun.misc.Signal");
        signal.getMethod("raise", signal)
                .invoke(null, signal.getConstructor(String.class).newInstance("TERM"));
    }
}
