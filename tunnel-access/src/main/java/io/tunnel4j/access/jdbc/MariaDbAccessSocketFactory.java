package io.tunnel4j.access.jdbc;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;
import org.mariadb.jdbc.Configuration;
import org.mariadb.jdbc.util.ConfigurableSocketFactory;

/**
 * Socket factory for MariaDB Connector/J, made by the driver.
 *
 * <pre>{@code
 * jdbc:mariadb://db.example.com/app?socketFactory=io.tunnel4j.access.jdbc.MariaDbAccessSocketFactory&accessConfiguration=NAME-OR-TEXT
 * }</pre>
 *
 * <p>The host names the application and need not be in DNS. {@code accessConfiguration} may be left out. Confined to the thread that connects.
 *
 * @see AccessConfigurations
 */
public final class MariaDbAccessSocketFactory extends ConfigurableSocketFactory {
    private @Nullable SocketFactory sockets;

    /** For the driver. */
    public MariaDbAccessSocketFactory() {}

    @Override
    public void setConfiguration(Configuration configuration, String host) {
        sockets = AccessConfigurations.find(configuration.nonMappedOptions().getProperty("accessConfiguration"));
    }

    @Override
    public Socket createSocket() throws IOException {
        return sockets().createSocket();
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return sockets().createSocket(host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return sockets().createSocket(host, port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return sockets().createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return sockets().createSocket(address, port, localAddress, localPort);
    }

    private SocketFactory sockets() {
        return requireNonNull(sockets, "setConfiguration was not called");
    }
}
