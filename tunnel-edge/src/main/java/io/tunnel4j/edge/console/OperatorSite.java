package io.tunnel4j.edge.console;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.edge.api.ApiTokens;
import io.tunnel4j.edge.api.ManagementApi;
import io.tunnel4j.edge.api.OperatorSessions;
import io.tunnel4j.edge.api.OperatorSessions.Operator;
import io.tunnel4j.edge.api.QuickTunnels;
import io.tunnel4j.edge.api.Scope;
import io.tunnel4j.edge.api.TransferStore;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import io.tunnel4j.edge.state.ConnectionDirectory;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.RecentErrors;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All that the edge serves to its operators on one host or listener: the API below {@code /client/v4}, the view at {@code /console}, the login of the
 * command line at {@code /argotunnel} with its transfers at {@code /<key>}, quick tunnels at {@code /tunnel}, and what else it is given. Thread-safe;
 * does not block. Closing ends its one thread, {@code tunnel-edge-operator}.
 */
public final class OperatorSite implements EdgeService, AutoCloseable {
    private static final Set<String> LOOPBACK_HOSTS = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
    private static final int MAX_WATCHERS = 100;
    private static final long SWEEP_MINUTES = 5;
    private static final Operator LOCAL =
            new Operator("this machine", "", Set.of(Scope.TUNNELS_READ, Scope.ACCESS_READ), "");

    private final EdgeService api;
    private final @Nullable EdgeService quickTunnels;
    private final @Nullable EdgeService others;
    private final OperatorSessions sessions;
    private final SignInPages signIn;
    private final CertificatePage certificates;
    private final ConsolePage console;
    private final TransferStore transfers;
    private final boolean isOpenToLoopback;
    private final ScheduledThreadPoolExecutor timer;
    private final AtomicInteger watchers = new AtomicInteger();

    private OperatorSite(Builder builder) {
        this.api = builder.api;
        this.quickTunnels = builder.quickTunnels;
        this.others = builder.others;
        this.isOpenToLoopback = builder.isOpenToLoopback;
        this.timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "tunnel-edge-operator");
            thread.setDaemon(true);
            return thread;
        });
        timer.setRemoveOnCancelPolicy(true);
        this.sessions = new OperatorSessions(builder.tokens, builder.clock);
        this.signIn = new SignInPages(sessions);
        this.transfers = new TransferStore(timer, builder.longestWait);
        this.certificates = new CertificatePage(builder.state, sessions, signIn, transfers);
        this.console = new ConsolePage(builder.state, builder.connections, builder.errors, builder.clock);
        QuickTunnels quick = builder.quickTunnels;
        if (quick != null) {
            timer.scheduleWithFixedDelay(quick::sweep, SWEEP_MINUTES, SWEEP_MINUTES, TimeUnit.MINUTES);
        }
    }

    /**
     * Starts a site.
     *
     * @param state what the edge knows
     * @param tokens who may sign in
     * @param api the management interface
     * @return a builder
     */
    public static Builder builder(EdgeState state, ApiTokens tokens, ManagementApi api) {
        return new Builder(state, tokens, api);
    }

    @Override
    public CompletionStage<EdgeResponse> serve(EdgeRequest request) {
        String path = request.path();
        if (ManagementApi.isFor(path)) {
            return api.serve(request);
        }
        EdgeService quick = quickTunnels;
        if (path.equals(QuickTunnels.PATH) && quick != null) {
            return quick.serve(request);
        }
        boolean isPost = request.method().equals("POST");
        boolean isGet = isGet(request);
        if (isPost && path.equals(CertificatePage.PATH)) {
            return certificates.approve(request);
        }
        if (isCertificateTransfer(request)) {
            return transfers.poll(path.substring(1));
        }
        EdgeResponse page = isGet ? page(request, path) : isPost ? form(request, path) : null;
        if (page != null) {
            return CompletableFuture.completedFuture(page);
        }
        return others == null ? CompletableFuture.completedFuture(EdgeResponse.of(404)) : others.serve(request);
    }

    /**
     * Tells whether the command line asks for the certificate that an operator grants it.
     *
     * @param request any request
     * @return true if nothing but its key is needed to answer it
     */
    public static boolean isCertificateTransfer(EdgeRequest request) {
        return isGet(request) && TransferStore.isKey(request.path().substring(1));
    }

    private static boolean isGet(EdgeRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD");
    }

    private @Nullable EdgeResponse page(EdgeRequest request, String path) {
        return switch (path) {
            case "/" -> SignInPages.redirect("/console");
            case "/console" -> console(request);
            case "/console/events" -> events(request);
            case SignInPages.PATH -> signIn.form("/console", "", 200);
            case CertificatePage.PATH -> certificates.show(request);
            default -> null;
        };
    }

    private @Nullable EdgeResponse form(EdgeRequest request, String path) {
        return switch (path) {
            case SignInPages.PATH -> signIn.signIn(request);
            case SignInPages.OUT -> signIn.signOut(request);
            default -> null;
        };
    }

    private Optional<Operator> viewer(EdgeRequest request) {
        return sessions.find(request)
                .filter(operator ->
                        operator.may(Scope.TUNNELS_READ) && operator.account().isEmpty())
                .or(() -> isLocal(request) ? Optional.of(LOCAL) : Optional.empty());
    }

    /** The host is checked too: another site's name that resolves to this machine must not make a browser here show the page to that site. */
    private boolean isLocal(EdgeRequest request) {
        return isOpenToLoopback
                && request.client().getAddress() != null
                && request.client().getAddress().isLoopbackAddress()
                && LOOPBACK_HOSTS.contains(request.host());
    }

    private EdgeResponse console(EdgeRequest request) {
        Optional<Operator> viewer = viewer(request);
        if (viewer.isEmpty()) {
            return sessions.find(request).isPresent()
                    ? signIn.form("/console", "This token cannot see the whole edge.", 403)
                    : signIn.form("/console", "", 200);
        }
        Operator operator = viewer.get();
        Html html = new Html()
                .raw("<header><h1>Edge</h1><span id=\"dot\" class=\"pill\">as of now</span>")
                .raw("<form method=\"post\" action=\"" + SignInPages.OUT + "\">")
                .raw("<input type=\"hidden\" name=\"form\"")
                .attribute("value", operator.formToken())
                .raw(">")
                .element("span", "pill", operator.name());
        if (!operator.formToken().isEmpty()) {
            html.raw(" <button>Sign out</button>");
        }
        html.raw("</form></header><main id=\"live\">")
                .raw(console.live(operator.may(Scope.ACCESS_READ)))
                .raw("</main>");
        return Style.page(200, "Edge", true, html.toString());
    }

    private EdgeResponse events(EdgeRequest request) {
        Optional<Operator> viewer = viewer(request);
        if (viewer.isEmpty()) {
            return EdgeResponse.of(401);
        }
        if (watchers.get() >= MAX_WATCHERS) {
            return EdgeResponse.of(503).with("Retry-After", "30");
        }
        return EdgeResponse.streaming("text/event-stream", new LiveEvents(() -> viewOf(request), timer, watchers))
                .with("Cache-Control", "no-store")
                .with("X-Content-Type-Options", "nosniff");
    }

    /** Looked up for each event: it ends with the session, or when the token behind it is deleted. */
    private String viewOf(EdgeRequest request) {
        return viewer(request)
                .map(operator -> console.live(operator.may(Scope.ACCESS_READ)))
                .orElse("");
    }

    /** Ends the thread; what waits for it is not answered any more. Idempotent. */
    @Override
    public void close() {
        timer.shutdownNow();
    }

    /** Settings of a site. Not thread-safe. */
    public static final class Builder {
        private final EdgeState state;
        private final ApiTokens tokens;
        private final ManagementApi api;
        private ConnectionDirectory connections = ConnectionDirectory.EMPTY;
        private RecentErrors errors = new RecentErrors();
        private @Nullable QuickTunnels quickTunnels;
        private @Nullable EdgeService others;
        private boolean isOpenToLoopback;
        private Clock clock = Clock.systemUTC();
        private Duration longestWait = Duration.ofMinutes(2);

        private Builder(EdgeState state, ApiTokens tokens, ManagementApi api) {
            this.state = requireNonNull(state, "state");
            this.tokens = requireNonNull(tokens, "tokens");
            this.api = requireNonNull(api, "api");
        }

        /**
         * Says what to show besides the state.
         *
         * @param directory who is connected
         * @param recent what failed lately
         * @return this
         */
        public Builder showing(ConnectionDirectory directory, RecentErrors recent) {
            connections = requireNonNull(directory, "directory");
            errors = requireNonNull(recent, "recent");
            return this;
        }

        /**
         * Offers quick tunnels.
         *
         * @param service the service
         * @return this
         */
        public Builder quickTunnels(QuickTunnels service) {
            quickTunnels = requireNonNull(service, "service");
            return this;
        }

        /**
         * Serves everything else, e.g. metrics.
         *
         * @param service asked for paths that are not the site's own
         * @return this
         */
        public Builder otherwise(EdgeService service) {
            others = requireNonNull(service, "service");
            return this;
        }

        /**
         * Lets browsers on the same machine see the view without signing in. They can change nothing.
         *
         * @return this
         */
        public Builder openToLoopback() {
            isOpenToLoopback = true;
            return this;
        }

        /**
         * Says how long an answer may take before the listener gives up; polls of the command line are answered well before. Default 2 minutes.
         *
         * @param limit the listener's
         * @return this
         */
        public Builder longestWait(Duration limit) {
            longestWait = requireNonNull(limit, "limit");
            return this;
        }

        /**
         * Sets the clock.
         *
         * @param newClock for ages and the end of sessions
         * @return this
         */
        public Builder clock(Clock newClock) {
            clock = requireNonNull(newClock, "newClock");
            return this;
        }

        /**
         * Builds the site and starts its thread.
         *
         * @return the site
         */
        public OperatorSite build() {
            return new OperatorSite(this);
        }
    }
}
