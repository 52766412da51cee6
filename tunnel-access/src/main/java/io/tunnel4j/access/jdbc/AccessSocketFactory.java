package io.tunnel4j.access.jdbc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Properties;
import javax.net.SocketFactory;

/**
 * Socket factory for PostgreSQL and SQL Server, made by the driver.
 *
 * <pre>{@code
 * jdbc:postgresql://db.example.com/app?socketFactory=io.tunnel4j.access.jdbc.AccessSocketFactory
 * jdbc:postgresql://db.example.com/app?socketFactory=io.tunnel4j.access.jdbc.AccessSocketFactory&socketFactoryArg=NAME-OR-TEXT
 * jdbc:sqlserver://localhost;socketFactoryClass=io.tunnel4j.access.jdbc.AccessSocketFactory;socketFactoryConstructorArg={application=db.example.com}
 * }</pre>
 *
 * <p>The host names the application, is not looked up by us, and need not be in DNS for PostgreSQL. SQL Server's driver insists on looking it up: name any host that
 * exists and set {@code application}. TLS between driver and database works on top, with the driver's own check of the host name. Thread-safe.
 *
 * @see AccessConfigurations
 */
public final class AccessSocketFactory extends SocketFactory {
    private final SocketFactory sockets;

    /** Makes a factory without a text. */
    public AccessSocketFactory() {
        this("");
    }

    /**
     * Makes a factory.
     *
     * @param text as described in {@link AccessConfigurations}
     */
    public AccessSocketFactory(String text) {
        sockets = AccessConfigurations.find(text);
    }

    /**
     * Makes a factory for PostgreSQL's driver.
     *
     * @param properties the driver's; {@code socketFactoryArg} is the text
     */
    public AccessSocketFactory(Properties properties) {
        this(properties.getProperty("socketFactoryArg", ""));
    }

    @Override
    public Socket createSocket() throws IOException {
        return sockets.createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets.createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return sockets.createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return sockets.createSocket(address, port, localAddress, localPort);
    }
}
