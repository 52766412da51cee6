package io.tunnel4j.access.jdbc;

import com.mysql.cj.conf.PropertyKey;
import com.mysql.cj.conf.PropertySet;
import com.mysql.cj.conf.RuntimeProperty;
import com.mysql.cj.protocol.StandardSocketFactory;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * Socket factory for MySQL Connector/J, made by the driver.
 *
 * <pre>{@code
 * jdbc:mysql://db.example.com/app?socketFactory=io.tunnel4j.access.jdbc.MySqlAccessSocketFactory&accessConfiguration=NAME-OR-TEXT
 * }</pre>
 *
 * <p>The host names the application and need not be in DNS. {@code accessConfiguration} may be left out. Confined to the thread that connects.
 *
 * @see AccessConfigurations
 */
public final class MySqlAccessSocketFactory extends StandardSocketFactory {
    /** For the driver. */
    public MySqlAccessSocketFactory() {}

    // The driver's own look-up is what is left out; TLS and the rest stay with it. It casts to what it asked for: a
    // socket.
    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T extends Closeable> T connect(String hostname, int portNumber, PropertySet properties, int loginTimeout)
            throws IOException {
        RuntimeProperty<String> text = properties.getStringProperty("accessConfiguration");
        Socket socket =
                AccessConfigurations.find(text == null ? null : text.getValue()).createSocket();
        configureSocket(socket, properties);
        Integer timeout =
                properties.getIntegerProperty(PropertyKey.connectTimeout).getValue();
        socket.connect(
                InetSocketAddress.createUnresolved(hostname, portNumber),
                getRealTimeout(timeout == null ? 0 : timeout));
        host = hostname;
        port = portNumber;
        rawSocket = socket;
        sslSocket = socket;
        return (T) socket;
    }
}
