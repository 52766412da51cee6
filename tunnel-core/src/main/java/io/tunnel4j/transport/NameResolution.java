package io.tunnel4j.transport;

import static java.util.Objects.requireNonNull;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Looks names up with the JDK's resolver, which blocks, on an executor of the caller's instead of the event loop. For
 * {@code Bootstrap.resolver}. Address literals are not looked up and cost no switch of thread. Names below {@code localhost} that the
 * resolver does not know are this machine, as in browsers (RFC 6761 §6.3). Thread-safe.
 */
public final class NameResolution extends AddressResolverGroup<InetSocketAddress> {
    private final Executor executor;

    /**
     * Creates the resolver.
     *
     * @param executor runs look-ups, which may take as long as the operating system lets them
     */
    public NameResolution(Executor executor) {
        this.executor = requireNonNull(executor, "executor");
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor eventLoop) {
        return new InetSocketAddressResolver(eventLoop, new Lookup(eventLoop, executor));
    }

    private static final class Lookup extends InetNameResolver {
        private final Executor executor;

        Lookup(EventExecutor eventLoop, Executor executor) {
            super(eventLoop);
            this.executor = executor;
        }

        @Override
        protected void doResolve(String name, Promise<InetAddress> promise) {
            run(() -> promise.trySuccess(lookUp(name)[0]), promise);
        }

        @Override
        protected void doResolveAll(String name, Promise<List<InetAddress>> promise) {
            run(() -> promise.trySuccess(List.of(lookUp(name))), promise);
        }

        private static InetAddress[] lookUp(String name) throws UnknownHostException {
            try {
                return InetAddress.getAllByName(name);
            } catch (UnknownHostException e) {
                if (name.toLowerCase(Locale.ROOT).endsWith(".localhost")) {
                    return InetAddress.getAllByName("localhost");
                }
                throw e;
            }
        }

        private void run(NameLookup lookup, Promise<?> promise) {
            try {
                executor.execute(() -> {
                    try {
                        lookup.run();
                    } catch (UnknownHostException | RuntimeException e) {
                        promise.tryFailure(e);
                    }
                });
            } catch (RejectedExecutionException e) {
                promise.tryFailure(e);
            }
        }
    }

    @FunctionalInterface
    private interface NameLookup {
        void run() throws UnknownHostException;
    }
}
