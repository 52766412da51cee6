package io.tunnel4j.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that need no DNS, and those that it does not know. */
class NameResolutionTest {
    private final EventExecutor executor = new DefaultEventExecutor();
    private final NameResolution resolution = new NameResolution(Runnable::run);

    @AfterEach
    void close() {
        resolution.close();
        executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private List<InetSocketAddress> resolve(String name) throws Exception {
        return resolution
                .getResolver(executor)
                .resolveAll(InetSocketAddress.createUnresolved(name, 443))
                .sync()
                .getNow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "app.localhost", "a.b.LOCALHOST"})
    void name_belowLocalhost_isThisMachine(String name) throws Exception {
        assertThat(resolve(name))
                .isNotEmpty()
                .allMatch(found -> found.getAddress().isLoopbackAddress());
    }

    @Test
    void name_unknown_fails() {
        assertThatThrownBy(() -> resolve("no-such-name.invalid")).isInstanceOf(UnknownHostException.class);
    }
}
