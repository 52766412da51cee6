package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.tunnel4j.access.relay.BlockingStream;
import io.tunnel4j.access.relay.WebSocketStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A socket whose far end is an application behind the edge; no operating system's socket of its own.
 *
 * <p>The address given to {@code connect} names the application by its host; the port is the database's or the like, of no meaning to the edge.
 * Options of TCP are remembered and have no effect, except the read timeout and a linger time of zero. Thread-safe as sockets are.
 */
@SuppressWarnings(
        "UnsynchronizedOverridesSynchronized") // Options are volatile; closing must not wait for whoever connects.
final class AccessSocket extends Socket {
    private final AccessConnector connector;
    private final Function<String, AccessTarget> targets;

    private volatile @Nullable BlockingStream stream;
    private volatile @Nullable InetSocketAddress remote;
    private volatile @Nullable Future<WebSocketStream> opening;
    private volatile boolean closed;
    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private volatile int soTimeout;
    private volatile int soLinger = -1;
    private volatile boolean tcpNoDelay = true;
    private volatile boolean keepAlive;
    private volatile boolean reuseAddress;
    private volatile int sendBufferSize = 64 << 10;
    private volatile int receiveBufferSize = 64 << 10;

    /**
     * Creates an unconnected socket.
     *
     * @param targets finds the application for the host name given to {@code connect}
     */
    AccessSocket(AccessConnector connector, Function<String, AccessTarget> targets) throws SocketException {
        super((SocketImpl) null);
        this.connector = connector;
        this.targets = targets;
    }

    @Override
    public void connect(SocketAddress endpoint) throws IOException {
        connect(endpoint, 0);
    }

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
        if (!(endpoint instanceof InetSocketAddress address)) {
            throw new IllegalArgumentException("endpoint: " + endpoint + " (expected: an InetSocketAddress)");
        }
        if (timeout < 0) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: >= 0)");
        }
        synchronized (this) {
            checkOpen();
            if (isConnected() || opening != null) {
                throw new SocketException("already connected");
            }
            EventLoop loop = connector.loops().group().next();
            opening = connector.opener().open(loop, targets.apply(address.getHostString()));
        }
        stream = await(requireNonNull(opening, "opening"), timeout);
        remote = withAddress(address);
        if (closed) {
            requireNonNull(stream, "stream").abort();
            throw new SocketException("Socket closed");
        }
    }

    private BlockingStream await(Future<WebSocketStream> open, int timeout) throws IOException {
        try {
            if (timeout == 0) {
                open.await();
            } else if (!open.await(timeout, TimeUnit.MILLISECONDS) && open.cancel(false)) {
                close();
                throw new SocketTimeoutException("connect timed out after " + timeout + " ms");
            }
            return BlockingStream.of(open.get());
        } catch (InterruptedException e) {
            open.cancel(false);
            close();
            Thread.currentThread().interrupt();
            throw new SocketException("Closed by interrupt");
        } catch (CancellationException e) {
            throw new SocketException("Socket closed");
        } catch (ExecutionException e) {
            close();
            throw refused(e.getCause() == null ? e : e.getCause());
        }
    }

    private static IOException refused(Throwable cause) {
        ConnectException refused = new ConnectException(cause.getMessage());
        refused.initCause(cause);
        return refused;
    }

    /** Gives a name that is not in DNS an address all the same, since callers expect one; it is never dialled. */
    private static InetSocketAddress withAddress(InetSocketAddress address) throws UnknownHostException {
        if (!address.isUnresolved()) {
            return address;
        }
        byte[] unspecified = new byte[4];
        return new InetSocketAddress(InetAddress.getByAddress(address.getHostString(), unspecified), address.getPort());
    }

    @Override
    public void bind(@Nullable SocketAddress bindpoint) throws IOException {
        checkOpen();
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        InetSocketAddress address = remote;
        return address == null ? null : address.getAddress();
    }

    @Override
    public InetAddress getLocalAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public int getPort() {
        InetSocketAddress address = remote;
        return address == null ? 0 : address.getPort();
    }

    @Override
    public int getLocalPort() {
        return isConnected() ? 0 : -1;
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        return remote;
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return isConnected() ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0) : null;
    }

    @Override
    public @Nullable SocketChannel getChannel() {
        return null;
    }

    @Override
    public InputStream getInputStream() throws IOException {
        BlockingStream open = connected();
        if (inputShutdown) {
            throw new SocketException("Socket input is shutdown");
        }
        return new SocketInput(open);
    }

    @Override
    public OutputStream getOutputStream() throws IOException {
        BlockingStream open = connected();
        if (outputShutdown) {
            throw new SocketException("Socket output is shutdown");
        }
        return new SocketOutput(open);
    }

    @Override
    public void shutdownInput() throws IOException {
        connected().shutdownInput();
        inputShutdown = true;
    }

    @Override
    public void shutdownOutput() throws IOException {
        connected().shutdownOutput();
        outputShutdown = true;
    }

    @Override
    public void close() throws IOException {
        closed = true;
        Future<WebSocketStream> pending = opening;
        if (pending != null) {
            pending.cancel(false);
        }
        BlockingStream open = stream;
        if (open != null) {
            if (soLinger == 0) {
                open.abort();
            } else {
                open.close();
            }
        }
    }

    @Override
    public boolean isConnected() {
        return stream != null;
    }

    @Override
    public boolean isBound() {
        return isConnected();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public boolean isInputShutdown() {
        return inputShutdown;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown;
    }

    // --- Options ---

    @Override
    public void setSoTimeout(int timeout) throws SocketException {
        checkOpen();
        if (timeout < 0) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: >= 0)");
        }
        soTimeout = timeout;
    }

    @Override
    public int getSoTimeout() throws SocketException {
        checkOpen();
        return soTimeout;
    }

    @Override
    public void setSoLinger(boolean on, int linger) throws SocketException {
        checkOpen();
        soLinger = on ? linger : -1;
    }

    @Override
    public int getSoLinger() throws SocketException {
        checkOpen();
        return soLinger;
    }

    @Override
    public void setTcpNoDelay(boolean on) throws SocketException {
        checkOpen();
        tcpNoDelay = on;
    }

    @Override
    public boolean getTcpNoDelay() throws SocketException {
        checkOpen();
        return tcpNoDelay;
    }

    @Override
    public void setKeepAlive(boolean on) throws SocketException {
        checkOpen();
        keepAlive = on;
    }

    @Override
    public boolean getKeepAlive() throws SocketException {
        checkOpen();
        return keepAlive;
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        checkOpen();
        reuseAddress = on;
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        checkOpen();
        return reuseAddress;
    }

    @Override
    public void setSendBufferSize(int size) throws SocketException {
        checkOpen();
        sendBufferSize = size;
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        checkOpen();
        return sendBufferSize;
    }

    @Override
    public void setReceiveBufferSize(int size) throws SocketException {
        checkOpen();
        receiveBufferSize = size;
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        checkOpen();
        return receiveBufferSize;
    }

    @Override
    public void setTrafficClass(int trafficClass) throws SocketException {
        checkOpen();
    }

    @Override
    public int getTrafficClass() throws SocketException {
        checkOpen();
        return 0;
    }

    @Override
    public void setOOBInline(boolean on) throws SocketException {
        checkOpen();
    }

    @Override
    public boolean getOOBInline() throws SocketException {
        checkOpen();
        return false;
    }

    @Override
    public void sendUrgentData(int data) throws IOException {
        throw new SocketException("urgent data is not carried");
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public <T> Socket setOption(SocketOption<T> name, T value) throws IOException {
        throw new UnsupportedOperationException(name.name());
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        throw new UnsupportedOperationException(name.name());
    }

    /** Returns the far end's name. */
    @Override
    public String toString() {
        return "AccessSocket[" + (remote == null ? "unconnected" : remote.getHostString()) + "]";
    }

    private void checkOpen() throws SocketException {
        if (closed) {
            throw new SocketException("Socket is closed");
        }
    }

    private BlockingStream connected() throws SocketException {
        checkOpen();
        BlockingStream open = stream;
        if (open == null) {
            throw new SocketException("Socket is not connected");
        }
        return open;
    }

    /** The input; closing it closes the socket. */
    private final class SocketInput extends InputStream {
        private final BlockingStream open;

        SocketInput(BlockingStream open) {
            this.open = open;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, target.length);
            return open.read(target, offset, length, soTimeout);
        }

        @Override
        public int available() throws IOException {
            return open.available();
        }

        @Override
        public void close() throws IOException {
            AccessSocket.this.close();
        }
    }

    /** The output; closing it closes the socket. */
    private final class SocketOutput extends OutputStream {
        private final BlockingStream open;

        SocketOutput(BlockingStream open) {
            this.open = open;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, source.length);
            open.write(source, offset, length);
        }

        @Override
        public void close() throws IOException {
            AccessSocket.this.close();
        }
    }
}
