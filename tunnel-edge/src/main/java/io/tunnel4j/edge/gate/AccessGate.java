package io.tunnel4j.edge.gate;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.edge.Access;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.login.ExternalEvaluator;
import io.tunnel4j.edge.gate.login.OidcLogin;
import io.tunnel4j.edge.gate.login.ProviderHttp;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.gate.policy.ApplicationMatch;
import io.tunnel4j.edge.gate.policy.CountryLookup;
import io.tunnel4j.edge.gate.policy.DevicePosture;
import io.tunnel4j.edge.gate.policy.InMemoryAccessState;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
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
    private static final int WORKERS = 4;
    private static final int MAX_QUEUED = 1024;

    final GateContext context;
    private final ApplicationGate applications;
    private final TeamGate team;
    private final TransferStore transfers;
    private final Set<String> transferHosts;
    private final Access access;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, threads("tunnel-gate-timer"));
    private final ThreadPoolExecutor workers = new ThreadPoolExecutor(
            WORKERS,
            WORKERS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_QUEUED),
            threads("tunnel-gate-worker"));

    private AccessGate(Builder builder) {
        AccessSettings settings = builder.settings;
        this.context = new GateContext(
                TeamDomain.parse(settings.teamDomain(), settings.teamDomainAliases()),
                builder.state,
                builder.clock,
                builder.countries,
                builder.postures);
        timer.setRemoveOnCancelPolicy(true);
        workers.allowCoreThreadTimeOut(true);
        this.applications = new ApplicationGate(context, new AppSessions(context));
        this.transfers = new TransferStore(timer, builder.clock);
        this.transferHosts = Set.copyOf(settings.transferHosts());
        TeamSessions sessions = new TeamSessions(context);
        HttpClient given = settings.httpClient();
        HttpClient client = given != null
                ? given
                : HttpClient.newBuilder()
                        .executor(workers)
                        .connectTimeout(Duration.ofSeconds(10))
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .build();
        ProviderHttp http = new ProviderHttp(client);
        LoginFlow flow = new LoginFlow(
                context,
                sessions,
                applications,
                transfers,
                new ExternalEvaluation(context, new ExternalEvaluator(http, builder.clock)),
                settings.sessionDuration());
        this.team = new TeamGate(
                context,
                sessions,
                flow,
                new PasswordLogin(context, flow, workers),
                new PinLogin(context, flow, settings.mail()),
                new OidcLogin(
                        http, context.random, URI.create(context.team.issuer() + TeamGate.CALLBACK), builder.clock));
        this.access = new Access(builder.state, builder.clock);
        timer.scheduleWithFixedDelay(this::rotateKeys, 1, 1, TimeUnit.HOURS);
    }

    private static ThreadFactory threads(String name) {
        return task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        };
    }

    private void rotateKeys() {
        try {
            workers.execute(() -> context.keys.rotateIfDue().whenComplete((done, failure) -> {
                if (failure != null) {
                    LOG.warn("keys not rotated, will try again in an hour", failure);
                }
            }));
        } catch (RejectedExecutionException e) {
            LOG.debug("keys not rotated: workers are busy, will try again in an hour");
        }
    }

    /**
     * Starts a gate.
     *
     * @param settings where people log in, and how
     * @return a builder
     */
    public static Builder builder(AccessSettings settings) {
        return new Builder(settings);
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
        String path = request.path();
        boolean isTeam = context.team.isServedBy(request.host());
        if (isTeam || transferHosts.contains(request.host())) {
            if (path.startsWith(AccessPaths.TRANSFER) && TeamGate.isRead(request)) {
                String key = path.substring(AccessPaths.TRANSFER.length());
                return new GateDecision.Serve(collected -> transfers.collect(key), 0);
            }
            if (!isTeam) {
                return answer(EdgeResponse.of(404));
            }
            return path.equals(AccessPaths.CERTS) ? answer(certificates()) : team.decide(request);
        }
        ApplicationMatch match = context.index().match(request.host(), path);
        if (match.kind() == ApplicationMatch.Kind.AMBIGUOUS) {
            return answer(EdgeResponse.of(400, "text/plain; charset=utf-8", "The path is ambiguous.\n"));
        }
        if (path.startsWith(AccessPaths.PREFIX)) {
            return applications.endpoint(request, this::certificates);
        }
        Application app = match.application();
        if (app == null) {
            return new GateDecision.Pass(GateContext.reservedFields(request.headers()), List.of(), List.of());
        }
        if ("true".equalsIgnoreCase(request.headers().get("Cf-Access-Metadata-Request"))) {
            return answer(applications.describe(request, app, match.destination()));
        }
        return applications.decide(request, app, match.destination());
    }

    /**
     * Says how the policies decide about a request, rule by rule: for operators who are asked "why was I refused?".
     *
     * @param request host, path, client and certificates count, as do a service token and the tokens of a person who is logged in
     * @return a line for each rule that was looked at, the decision last
     */
    public List<String> explain(EdgeRequest request) {
        ApplicationMatch match = context.index().match(request.host(), request.path());
        Application app = match.application();
        return app == null
                ? List.of(
                        match.kind() == ApplicationMatch.Kind.PUBLIC
                                ? "no application protects this"
                                : "refuse: the path can be read in several ways")
                : applications.explain(request, app);
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
    public void close() {
        transfers.close();
        timer.shutdownNow();
        workers.shutdownNow();
    }

    /** Builds an {@link AccessGate}. Not thread-safe. */
    public static final class Builder {
        private final AccessSettings settings;
        private AccessState state = new InMemoryAccessState();
        private InstantSource clock = InstantSource.system();
        private CountryLookup countries = CountryLookup.NONE;
        private DevicePosture postures = DevicePosture.NONE;

        private Builder(AccessSettings settings) {
            this.settings = requireNonNull(settings, "settings");
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
