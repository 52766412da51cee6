package io.tunnel4j.supervisor;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy that wants a user name and a password and then connects to one port of loopback, whatever it is asked for. */
public final class ScriptedProxy implements AutoCloseable {
    public static final String USER = "corp user";
    public static final String PASSWORD = "p:w/%25";

    public final List<String> asked = new CopyOnWriteArrayList<>();
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final int target;

    private ScriptedProxy(int target, Speech speech) throws IOException {
        this.target = target;
        Thread acceptor = new Thread(() -> accept(speech), "scripted-proxy");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    private interface Speech {
        /** True when the client may go through. */
        boolean greet(ScriptedProxy proxy, DataInputStream in, OutputStream out) throws IOException;
    }

    public static ScriptedProxy http(int target) throws IOException {
        return new ScriptedProxy(target, ScriptedProxy::greetHttp);
    }

    public static ScriptedProxy socks5(int target) throws IOException {
        return new ScriptedProxy(target, ScriptedProxy::greetSocks);
    }

    public int port() {
        return listener.getLocalPort();
    }

    private void accept(Speech speech) {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                sockets.add(client);
                daemon(() -> converse(client, speech));
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "scripted-proxy-connection");
        thread.setDaemon(true);
        thread.start();
    }

    private void converse(Socket client, Speech speech) {
        try (client) {
            if (!speech.greet(this, new DataInputStream(client.getInputStream()), client.getOutputStream())) {
                client.shutdownOutput();
                client.getInputStream().skip(1 << 20);
                return;
            }
            try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
                sockets.add(server);
                daemon(() -> pump(server, client));
                pump(client, server);
            }
        } catch (IOException e) {
            // Either side went away, which ends the conversation.
        }
    }

    private static void pump(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
            to.close();
        } catch (IOException e) {
            try {
                to.close();
            } catch (IOException closing) {
                throw new java.io.UncheckedIOException(closing);
            }
        }
    }

    private static boolean greetHttp(ScriptedProxy proxy, DataInputStream in, OutputStream out) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readByte());
        }
        proxy.asked.add(head.substring(0, head.indexOf("\r\n")));
        String wanted = "proxy-authorization: Basic "
                + Base64.getEncoder().encodeToString((USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8));
        boolean known = head.toString().lines().anyMatch(line -> line.equalsIgnoreCase(wanted));
        String answer = known
                ? "HTTP/1.1 200 Connection established\r\n\r\n"
                : "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
        out.write(answer.getBytes(StandardCharsets.US_ASCII));
        return known;
    }

    private static boolean greetSocks(ScriptedProxy proxy, DataInputStream in, OutputStream out) throws IOException {
        in.readByte();
        in.readNBytes(in.readUnsignedByte());
        out.write(new byte[] {5, 2});
        in.readByte();
        String user = text(in);
        String password = text(in);
        boolean known = user.equals(USER) && password.equals(PASSWORD);
        out.write(new byte[] {1, (byte) (known ? 0 : 1)});
        if (!known) {
            return false;
        }
        in.readNBytes(3);
        int type = in.readUnsignedByte();
        String host = type == 3
                ? text(in)
                : InetAddress.getByAddress(in.readNBytes(type == 1 ? 4 : 16)).getHostAddress();
        proxy.asked.add(host + ":" + in.readUnsignedShort());
        out.write(new byte[] {5, 0, 0, 1, 127, 0, 0, 1, 0, 1});
        return true;
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readNBytes(in.read()), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
