package io.tunnel4j.origin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the first of several addresses that answers ("happy eyeballs"): families alternate, the next address gets its turn when one fails or after
 * 250 ms; without racing, one after the other. All of it shares the connect timeout. Confined to the event loop.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc8305#section-5">RFC 8305 §5</a>
 */
final class AddressRace {
    private static final long STAGGER_MILLIS = 250;

    private final OriginDialer dialer;
    private final List<InetSocketAddress> addresses;
    private final boolean racing;
    private final DialListener listener;
    private final List<Channel> attempts = new ArrayList<>();
    private int next;
    private int pending;
    private boolean over;
    private @Nullable Throwable lastFailure;
    private @Nullable Future<?> stagger;
    private @Nullable Future<?> deadline;

    AddressRace(OriginDialer dialer, List<InetSocketAddress> addresses, boolean racing, DialListener listener) {
        this.dialer = dialer;
        this.addresses = racing ? alternating(addresses) : addresses;
        this.racing = racing;
        this.listener = listener;
    }

    /** IPv6 first when the resolver put one first, then families in turn. */
    private static List<InetSocketAddress> alternating(List<InetSocketAddress> addresses) {
        List<InetSocketAddress> first = new ArrayList<>();
        List<InetSocketAddress> second = new ArrayList<>();
        boolean sixFirst = addresses.get(0).getAddress() instanceof Inet6Address;
        for (InetSocketAddress address : addresses) {
            (address.getAddress() instanceof Inet6Address == sixFirst ? first : second).add(address);
        }
        List<InetSocketAddress> mixed = new ArrayList<>();
        for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
            if (i < first.size()) {
                mixed.add(first.get(i));
            }
            if (i < second.size()) {
                mixed.add(second.get(i));
            }
        }
        return mixed;
    }

    void start() {
        long limit = dialer.connectTimeout().toMillis();
        if (limit > 0) {
            deadline = dialer.loop().eventLoop().schedule(this::timedOut, limit, TimeUnit.MILLISECONDS);
        }
        attempt();
    }

    private void attempt() {
        if (over || next == addresses.size()) {
            return;
        }
        ChannelFuture connect = dialer.connect(addresses.get(next++));
        pending++;
        attempts.add(connect.channel());
        if (racing && next < addresses.size()) {
            stagger = dialer.loop().eventLoop().schedule(this::attempt, STAGGER_MILLIS, TimeUnit.MILLISECONDS);
        }
        connect.addListener(f -> ended(connect));
    }

    private void ended(ChannelFuture connect) {
        pending--;
        if (over) {
            connect.channel().close();
            return;
        }
        if (connect.isSuccess()) {
            finish(connect.channel());
            listener.dialled(connect.channel());
            return;
        }
        lastFailure = connect.cause();
        if (next < addresses.size()) {
            cancel(stagger);
            attempt();
        } else if (pending == 0) {
            finish(null);
            listener.dialFailed(dialer.unreachable("cannot connect to any of its addresses", lastFailure));
        }
    }

    private void timedOut() {
        if (!over) {
            finish(null);
            listener.dialFailed(dialer.unreachable("no address answered within the connect timeout", lastFailure));
        }
    }

    private void finish(@Nullable Channel winner) {
        over = true;
        cancel(stagger);
        cancel(deadline);
        for (Channel channel : attempts) {
            if (channel != winner) {
                channel.close();
            }
        }
    }

    private static void cancel(@Nullable Future<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
