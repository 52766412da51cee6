package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.admin.ApiCall;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which tunnels to list. Immutable, thread-safe. */
public final class TunnelFilter {
    private static final int MAX_PER_PAGE = 1000;

    private final Builder parts;

    private TunnelFilter(Builder parts) {
        this.parts = parts;
    }

    /**
     * Selects the tunnels that are not deleted.
     *
     * @return the filter
     */
    public static TunnelFilter existing() {
        return builder().build();
    }

    /**
     * Starts with the tunnels that are not deleted.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    ApiCall applyTo(ApiCall call) {
        return call.with("is_deleted", parts.includeDeleted ? null : "false")
                .with("name", parts.name)
                .with("name_prefix", parts.namePrefix)
                .with("exclude_prefix", parts.excludePrefix)
                .with("existed_at", parts.existedAt)
                .with("uuid", parts.id)
                .with("per_page", parts.perPage == 0 ? null : parts.perPage);
    }

    /** Collects conditions; all of them must hold. Not thread-safe. */
    public static final class Builder {
        private boolean includeDeleted;
        private @Nullable String name;
        private @Nullable String namePrefix;
        private @Nullable String excludePrefix;
        private @Nullable Instant existedAt;
        private @Nullable UUID id;
        private int perPage;

        private Builder() {}

        /**
         * Lists deleted tunnels too.
         *
         * @return this
         */
        public Builder includeDeleted() {
            includeDeleted = true;
            return this;
        }

        /**
         * Lists the tunnel of this name.
         *
         * @param exactly the name
         * @return this
         */
        public Builder name(String exactly) {
            name = requireNonNull(exactly, "exactly");
            return this;
        }

        /**
         * Lists tunnels whose names begin like this.
         *
         * @param prefix the beginning
         * @return this
         */
        public Builder namePrefix(String prefix) {
            namePrefix = requireNonNull(prefix, "prefix");
            return this;
        }

        /**
         * Lists tunnels whose names do not begin like this.
         *
         * @param prefix the beginning
         * @return this
         */
        public Builder excludePrefix(String prefix) {
            excludePrefix = requireNonNull(prefix, "prefix");
            return this;
        }

        /**
         * Lists tunnels that existed at a time.
         *
         * @param time the time
         * @return this
         */
        public Builder existedAt(Instant time) {
            existedAt = requireNonNull(time, "time");
            return this;
        }

        /**
         * Lists one tunnel.
         *
         * @param tunnelId its id
         * @return this
         */
        public Builder id(UUID tunnelId) {
            id = requireNonNull(tunnelId, "tunnelId");
            return this;
        }

        /**
         * Sets how many tunnels one request asks for. All pages are listed whatever their size. Default: the API's.
         *
         * @param tunnels 1 to 1000
         * @return this
         */
        public Builder perPage(int tunnels) {
            if (tunnels < 1 || tunnels > MAX_PER_PAGE) {
                throw new IllegalArgumentException("perPage: " + tunnels + " (expected: 1 to " + MAX_PER_PAGE + ")");
            }
            perPage = tunnels;
            return this;
        }

        /**
         * Builds the filter.
         *
         * @return the filter; later changes to this builder do not reach it
         */
        public TunnelFilter build() {
            Builder copy = new Builder();
            copy.includeDeleted = includeDeleted;
            copy.name = name;
            copy.namePrefix = namePrefix;
            copy.excludePrefix = excludePrefix;
            copy.existedAt = existedAt;
            copy.id = id;
            copy.perPage = perPage;
            return new TunnelFilter(copy);
        }
    }
}
