package io.tunnel4j.edge.frontend;

import io.netty.channel.EventLoop;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.edge.registry.ConnectorConnection;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the exchanges of one event loop share: a coarse clock, the list of those with deadlines, the date, request ids.
 *
 * <p>Confined to the event loop. One timer for all deadlines: exchanges come and go far more often than deadlines pass.
 */
final class LoopState {
    static final long TICK_MILLIS = 200;

    /** As many requests as one connection takes of those that were read together. */
    private static final int MAX_PICKS_PER_TURN = 16;

    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final EventLoop loop;
    private final SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());
    private final byte[] location;
    private @Nullable Watched first;
    private @Nullable Watched next;
    private @Nullable ScheduledFuture<?> timer;
    private final Runnable endOfTurn = this::turnEnded;
    private @Nullable ConnectorConnection picked;
    private int picks;
    private long nowNanos;
    private long dateSecond = -1;
    private AsciiString date = AsciiString.EMPTY_STRING;

    LoopState(EventLoop loop, String location) {
        this.loop = loop;
        this.location = new AsciiString("-" + location).array();
        this.nowNanos = loop.ticker().nanoTime();
        loop.execute(
                () -> timer = loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS));
    }

    void stop() {
        loop.execute(() -> {
            ScheduledFuture<?> running = timer;
            if (running != null) {
                running.cancel(false);
            }
        });
    }

    EventLoop loop() {
        return loop;
    }

    /** Monotonic time, as old as the last tick at most. */
    long nowNanos() {
        return nowNanos;
    }

    void watch(Watched watched) {
        if (watched.isWatched) {
            return;
        }
        watched.isWatched = true;
        watched.previous = null;
        watched.following = first;
        if (first != null) {
            first.previous = watched;
        }
        first = watched;
    }

    void unwatch(Watched watched) {
        if (!watched.isWatched) {
            return;
        }
        watched.isWatched = false;
        if (next == watched) {
            next = watched.following;
        }
        if (watched.previous == null) {
            first = watched.following;
        } else {
            watched.previous.following = watched.following;
        }
        if (watched.following != null) {
            watched.following.previous = watched.previous;
        }
        watched.previous = null;
        watched.following = null;
    }

    private void tick() {
        nowNanos = loop.ticker().nanoTime();
        next = first;
        while (next != null) {
            Watched current = next;
            next = current.following;
            current.tick(nowNanos);
        }
    }

    /** The date as HTTP writes it. */
    AsciiString date() {
        long second = System.currentTimeMillis() / 1000;
        if (second != dateSecond) {
            dateSecond = second;
            date = new AsciiString(DateTimeFormatter.RFC_1123_DATE_TIME.format(
                    Instant.ofEpochSecond(second).atOffset(ZoneOffset.UTC)));
        }
        return date;
    }

    /** A request id: 16 hexadecimal digits and the site's name. */
    AsciiString newRequestId() {
        byte[] id = new byte[16 + location.length];
        long bits = random.nextLong();
        for (int i = 0; i < 16; i++) {
            id[i] = (byte) HEX[(int) (bits >>> (4 * i)) & 0xf];
        }
        System.arraycopy(location, 0, id, 16, location.length);
        return new AsciiString(id, false);
    }

    /**
     * Returns the connection that was picked for a tunnel in this turn of the event loop. Requests that were read together go out together: each connection
     * more costs a TLS record and a system call on either side.
     *
     * @return null if there is none, or it has had its share
     */
    @Nullable
    ConnectorConnection pickedThisTurn(UUID tunnelId) {
        ConnectorConnection last = picked;
        return last != null && picks++ < MAX_PICKS_PER_TURN && last.tunnelId().equals(tunnelId) ? last : null;
    }

    /** Remembers a connection until the end of this turn. */
    void picked(ConnectorConnection connection) {
        if (picked == null) {
            loop.execute(endOfTurn);
        }
        picked = connection;
        picks = 1;
    }

    private void turnEnded() {
        picked = null;
    }

    SplittableRandom random() {
        return random;
    }
}
