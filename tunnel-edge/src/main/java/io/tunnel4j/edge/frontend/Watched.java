package io.tunnel4j.edge.frontend;

import org.jspecify.annotations.Nullable;

/** Something with deadlines, in its event loop's list. Confined to that event loop. */
abstract class Watched {
    @Nullable
    Watched previous;

    @Nullable
    Watched following;

    boolean isWatched;

    /** Looks whether a deadline has passed. May end itself. */
    abstract void tick(long nowNanos);
}
