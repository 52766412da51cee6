package io.tunnel4j.examples.servlet;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/** Publishes a servlet application; its Tomcat listens on a Unix domain socket, so on no port. Spring Boot's Tomcat takes the same property. */
public final class ServletApplication {
    private ServletApplication() {}

    /**
     * Runs until the process ends.
     *
     * @param args the tunnel's token [edge host:port, PEM file of its root]
     * @throws Exception if Tomcat does not start, or when interrupted
     */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory("servlet");
        Path socket = directory.resolve("tomcat.sock");
        TunnelConnector.Builder builder =
                TunnelConnector.builder(TunnelCredentials.fromToken(args[0])).ingress(Ingress.of(Origin.unix(socket)));
        if (args.length > 2) {
            builder.edge(args[1]).edgeCa(Path.of(args[2]));
        }
        startTomcat(directory, socket);
        try (TunnelConnector tunnel = builder.build()) {
            tunnel.start().toCompletableFuture().join();
            System.out.println("Serving. Next: open the hostname that leads to this tunnel; Ctrl-C ends.");
            Thread.currentThread().join();
        }
    }

    private static void startTomcat(Path directory, Path socket) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(directory.toString());
        Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setProperty("unixDomainSocketPath", socket.toString());
        tomcat.setConnector(connector);
        Tomcat.addServlet(tomcat.addContext("", null), "greeting", new Greeting())
                .addMapping("/*");
        tomcat.start();
    }

    @SuppressWarnings("serial")
    private static final class Greeting extends HttpServlet {
        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.getWriter().println("Hello from a servlet at " + request.getRequestURI());
        }
    }
}
