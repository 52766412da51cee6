package io.tunnel4j.edge.gate;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.edge.Access;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.gate.policy.ApplicationMatch;
import io.tunnel4j.edge.gate.policy.CountryLookup;
import io.tunnel4j.edge.gate.policy.DevicePosture;
import io.tunnel4j.edge.gate.policy.InMemoryAccessState;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Access: asks who it is, and whether they may, in front of every protected host. Thread-safe.
 *
 * <p>Besides, it answers for the team domain, where people log in, and for the transfer store, where command-line clients pick up their
 * tokens. A host without an application is public.
 */
public final class AccessGate implements Gate, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessGate.class);

    private final GateContext context;
    private final ApplicationGate applications;
    private final Access access;

    private AccessGate(Builder builder) {
        this.context = new GateContext(
                TeamDomain.parse(builder.teamDomain, builder.aliases),
                builder.state,
                builder.clock,
                builder.countries,
                builder.postures);
        this.applications = new ApplicationGate(context, new AppSessions(context));
        this.access = new Access(builder.state, builder.clock);
    }

    /**
     * Starts a gate.
     *
     * @param teamDomain host, and port unless it is 443, under which this edge is reached for logging in, e.g. {@code team.example.com}
     * @return a builder
     */
    public static Builder builder(String teamDomain) {
        return new Builder(teamDomain);
    }

    /**
     * Returns what is in force, to be changed.
     *
     * @return always the same
     */
    public Access access() {
        return access;
    }

    /** {@inheritDoc} */
    @Override
    public void decide(EdgeRequest request, Consumer<GateDecision> decision) {
        GateDecision made;
        try {
            made = decide(request);
        } catch (RuntimeException e) { // whatever is wrong, nobody passes
            LOG.warn("[{}] no decision about {}, refused", request.id(), request.host(), e);
            made = new GateDecision.Answer(EdgeResponse.of(503).with("Cache-Control", "no-store"));
        }
        decision.accept(made);
    }

    private GateDecision decide(EdgeRequest request) {
        ApplicationMatch match = context.index().match(request.host(), request.path());
        if (context.team.isServedBy(request.host())) {
            return answer(request.path().equals(AccessPaths.CERTS) ? certificates() : EdgeResponse.of(404));
        }
        if (match.kind() == ApplicationMatch.Kind.AMBIGUOUS) {
            return answer(EdgeResponse.of(400, "text/plain; charset=utf-8", "The path is ambiguous.\n"));
        }
        Application app = match.application();
        if (request.path().startsWith(AccessPaths.PREFIX)) {
            return switch (request.path()) {
                case AccessPaths.CERTS -> answer(certificates());
                case AccessPaths.AUTHORIZED -> answer(applications.redeem(request));
                default -> answer(EdgeResponse.of(404));
            };
        }
        if (app == null) {
            return new GateDecision.Pass(GateContext.reservedFields(request.headers()), List.of(), List.of());
        }
        if ("true".equalsIgnoreCase(request.headers().get("Cf-Access-Metadata-Request"))) {
            return answer(applications.describe(request, app, match.destination()));
        }
        return applications.decide(request, app, match.destination());
    }

    private EdgeResponse certificates() {
        return EdgeResponse.of(200, "application/json", context.keys.publish())
                .with("Cache-Control", "public, max-age=300");
    }

    private static GateDecision answer(EdgeResponse response) {
        return new GateDecision.Answer(response);
    }

    /** Ends timers and workers. Idempotent. */
    @Override
    public void close() {}

    /** Builds an {@link AccessGate}. Not thread-safe. */
    public static final class Builder {
        private final String teamDomain;
        private final List<String> aliases = new ArrayList<>();
        private AccessState state = new InMemoryAccessState();
        private InstantSource clock = InstantSource.system();
        private CountryLookup countries = CountryLookup.NONE;
        private DevicePosture postures = DevicePosture.NONE;

        private Builder(String teamDomain) {
            this.teamDomain = requireNonNull(teamDomain, "teamDomain");
        }

        /**
         * Adds a name under which the team domain also answers; the first one is announced to clients that accept only certain names.
         *
         * @param host e.g. {@code team.cloudflareaccess.com}, if the clients' DNS leads here
         * @return this
         */
        public Builder teamDomainAlias(String host) {
            aliases.add(requireNonNull(host, "host"));
            return this;
        }

        /**
         * Sets where applications, tokens and keys are kept. Default: in memory.
         *
         * @param newState the state
         * @return this
         */
        public Builder state(AccessState newState) {
            this.state = requireNonNull(newState, "newState");
            return this;
        }

        /**
         * Sets the time. Default: the system's.
         *
         * @param newClock the clock
         * @return this
         */
        public Builder clock(InstantSource newClock) {
            this.clock = requireNonNull(newClock, "newClock");
            return this;
        }

        /**
         * Sets what knows countries. Default: nothing, and rules about countries let nobody in.
         *
         * @param lookup the database
         * @return this
         */
        public Builder countries(CountryLookup lookup) {
            this.countries = requireNonNull(lookup, "lookup");
            return this;
        }

        /**
         * Sets what knows devices. Default: nothing, and rules about devices let nobody in.
         *
         * @param posture the source
         * @return this
         */
        public Builder devices(DevicePosture posture) {
            this.postures = requireNonNull(posture, "posture");
            return this;
        }

        /**
         * Builds the gate and, if there is no signing key yet, makes one.
         *
         * @return the gate
         */
        public AccessGate build() {
            return new AccessGate(this);
        }
    }
}
