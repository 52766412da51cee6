package io.tunnel4j.examples.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Many connections to one port, all open at once. */
final class EchoCrowd implements AutoCloseable {
    private static final int MESSAGE_BYTES = 1000;

    private final List<Socket> sockets = new ArrayList<>();

    EchoCrowd(int port, int size) throws IOException {
        for (int i = 0; i < size; i++) {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(60_000);
            sockets.add(socket);
        }
    }

    int open() {
        return (int) sockets.stream().filter(socket -> !socket.isClosed()).count();
    }

    /** Each sends a message of its own before any reads, then each must get exactly its own back. */
    void exchange() throws IOException {
        for (int i = 0; i < sockets.size(); i++) {
            sockets.get(i).getOutputStream().write(message(i));
        }
        for (int i = 0; i < sockets.size(); i++) {
            byte[] answer = new byte[MESSAGE_BYTES];
            new DataInputStream(sockets.get(i).getInputStream()).readFully(answer);
            assertThat(answer).as("connection %d", i).isEqualTo(message(i));
        }
    }

    private static byte[] message(int number) {
        ByteBuffer message = ByteBuffer.allocate(MESSAGE_BYTES);
        while (message.remaining() >= 4) {
            message.putInt(number * 7919 + message.position());
        }
        return message.array();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
