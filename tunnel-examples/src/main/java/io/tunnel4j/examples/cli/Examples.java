package io.tunnel4j.examples.cli;

import io.tunnel4j.examples.forwarder.JdbcByForwarder;
import io.tunnel4j.examples.handler.InProcessHandler;
import io.tunnel4j.examples.origins.SeveralOrigins;
import io.tunnel4j.examples.quick.QuickPage;
import io.tunnel4j.examples.tcp.ExposeTcp;
import java.util.List;

/** The examples that {@code example NAME} runs. */
final class Examples {
    static final List<Example> ALL = List.of(
            new Example(
                    "handler", "TOKEN [EDGE CA]: a page from a handler in the JVM, no port", InProcessHandler.class),
            new Example("tcp", "TOKEN PORT: a TCP service", ExposeTcp.class),
            new Example("origins", "TOKEN CA: several origins, one with a private authority", SeveralOrigins.class),
            new Example(
                    "forwarder", "HOST JDBC-URL QUERY: a protected database by a local port", JdbcByForwarder.class),
            new Example("quick", "URL: a public name without an account", QuickPage.class));

    private Examples() {}

    /**
     * One example.
     *
     * @param name what is typed
     * @param description what it shows
     * @param main the class to run
     */
    record Example(String name, String description, Class<?> main) {}
}
