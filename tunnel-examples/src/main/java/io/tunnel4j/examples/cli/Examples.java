package io.tunnel4j.examples.cli;

import io.tunnel4j.examples.batch.BatchJob;
import io.tunnel4j.examples.desktop.DesktopLogin;
import io.tunnel4j.examples.forwarder.JdbcByForwarder;
import io.tunnel4j.examples.handler.InProcessHandler;
import io.tunnel4j.examples.oidc.SelfHostedEdge;
import io.tunnel4j.examples.origins.SeveralOrigins;
import io.tunnel4j.examples.privateca.PrivateAuthorityOrigin;
import io.tunnel4j.examples.quick.QuickPage;
import io.tunnel4j.examples.rolling.RollingRestart;
import io.tunnel4j.examples.servlet.ServletApplication;
import io.tunnel4j.examples.socketfactory.JdbcBySocketFactory;
import io.tunnel4j.examples.sshproxy.SshProxy;
import io.tunnel4j.examples.tcp.ExposeTcp;
import java.util.List;

/** The examples that {@code example NAME} runs. EDGE and CA are the connectors' address and the root of a self-hosted edge. */
final class Examples {
    static final List<Example> ALL = List.of(
            new Example(
                    "handler", "TOKEN [EDGE CA]: a page from a handler in the JVM, no port", InProcessHandler.class),
            new Example("servlet", "TOKEN [EDGE CA]: a servlet application, no port", ServletApplication.class),
            new Example("tcp", "TOKEN PORT [EDGE CA]: a TCP service", ExposeTcp.class),
            new Example(
                    "origins",
                    "TOKEN DOMAIN URL PORT [EDGE CA]: several origins of different kinds on one connector",
                    SeveralOrigins.class),
            new Example(
                    "privateca",
                    "TOKEN URL ORIGIN-CA NAME [EDGE CA]: an HTTPS service with a private authority",
                    PrivateAuthorityOrigin.class),
            new Example(
                    "socketfactory",
                    "HOST DATABASE USER QUERY [CA]: a protected PostgreSQL by the JDBC URL alone",
                    JdbcBySocketFactory.class),
            new Example(
                    "forwarder",
                    "HOST JDBC-URL QUERY [CA]: a protected database by a local port and a connection pool",
                    JdbcByForwarder.class),
            new Example("desktop", "URL [TEAM-DOMAIN CA]: a login from a window of the program", DesktopLogin.class),
            new Example("batch", "URL FILE: a job at night with a service token", BatchJob.class),
            new Example("sshproxy", "HOST [CA]: a ProxyCommand for ssh", SshProxy.class),
            new Example(
                    "oidc",
                    "ISSUER CLIENT SECRET MAIL-DOMAIN DIRECTORY PORT: an edge of your own, login by OpenID Connect",
                    SelfHostedEdge.class),
            new Example("quick", "URL [SERVICE EDGE CA]: a public name without an account", QuickPage.class),
            new Example(
                    "rolling", "TOKEN RESTARTS [EDGE CA]: new versions take over without loss", RollingRestart.class));

    private Examples() {}

    /**
     * One example.
     *
     * @param name what is typed
     * @param description what it takes and shows
     * @param main the class to run
     */
    record Example(String name, String description, Class<?> main) {}
}
