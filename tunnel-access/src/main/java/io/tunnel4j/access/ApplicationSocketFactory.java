package io.tunnel4j.access;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Function;
import javax.net.SocketFactory;

/** Makes {@link AccessSocket}s. A host name is never looked up in DNS: it names the application. Thread-safe. */
final class ApplicationSocketFactory extends SocketFactory {
    private final AccessConnector connector;
    private final Function<String, AccessTarget> targets;

    ApplicationSocketFactory(AccessConnector connector, Function<String, AccessTarget> targets) {
        this.connector = connector;
        this.targets = targets;
    }

    @Override
    public Socket createSocket() throws IOException {
        return new AccessSocket(connector, targets);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        Socket socket = createSocket();
        socket.connect(InetSocketAddress.createUnresolved(host, port));
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return createSocket(host, port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        Socket socket = createSocket();
        socket.connect(new InetSocketAddress(host, port));
        return socket;
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return createSocket(address, port);
    }
}
