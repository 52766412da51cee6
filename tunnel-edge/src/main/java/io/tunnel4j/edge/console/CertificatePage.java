package io.tunnel4j.edge.console;

import io.tunnel4j.edge.api.OperatorSessions;
import io.tunnel4j.edge.api.OperatorSessions.Operator;
import io.tunnel4j.edge.api.OriginCertificate;
import io.tunnel4j.edge.api.Scope;
import io.tunnel4j.edge.api.TransferStore;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Zone;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code tunnel login} opens in a browser: choose a zone, approve, and the waiting command line gets its {@code cert.pem}. Thread-safe.
 *
 * <p>The page shows the start of the key, which the operator can compare with the one in the terminal's address line: whoever made somebody else open this
 * page would get that person's rights.
 */
final class CertificatePage {
    static final String PATH = "/argotunnel";

    private static final Logger log = LoggerFactory.getLogger(CertificatePage.class);
    private static final int SHOWN = 8;

    private final EdgeState state;
    private final OperatorSessions sessions;
    private final SignInPages signIn;
    private final TransferStore transfers;

    CertificatePage(EdgeState state, OperatorSessions sessions, SignInPages signIn, TransferStore transfers) {
        this.state = state;
        this.sessions = sessions;
        this.signIn = signIn;
        this.transfers = transfers;
    }

    EdgeResponse show(EdgeRequest request) {
        String callback = FormBody.ofQuery(request).get("callback");
        String key = callback.substring(callback.lastIndexOf('/') + 1);
        if (!TransferStore.isKey(key)) {
            return message(400, "This link is not complete", "Start again with: tunnel login");
        }
        Optional<Operator> operator = sessions.find(request);
        if (operator.isEmpty()) {
            return signIn.form(request.target(), "", 200);
        }
        List<Zone> zones = zones(operator.get());
        if (!mayIssue(operator.get()) || zones.isEmpty()) {
            return message(
                    403,
                    "Nothing to approve",
                    zones.isEmpty()
                            ? "There is no zone in this account."
                            : "This token cannot edit tunnels and routes.");
        }
        return choice(key, operator.get(), zones);
    }

    private static EdgeResponse choice(String key, Operator operator, List<Zone> zones) {
        Html html = new Html()
                .raw(
                        "<main class=\"sheet\"><h1>Authorise the command line</h1><p>It will be able to make and delete tunnels")
                .raw(" and to route hostnames of the account. The key in its address ends in ")
                .element("code", "", key.substring(0, key.length() - 1).substring(key.length() - 1 - SHOWN))
                .raw("</p><form method=\"post\" action=\"" + PATH + "\">");
        html.raw("<input type=\"hidden\" name=\"form\"").attribute("value", operator.formToken());
        html.raw("><input type=\"hidden\" name=\"key\"").attribute("value", key).raw(">");
        for (Zone zone : zones) {
            html.raw("<label class=\"choice\"><input type=\"radio\" name=\"zone\" required")
                    .attribute("value", zone.id())
                    .raw(zones.size() == 1 ? " checked>" : ">")
                    .text(zone.name())
                    .raw("</label>");
        }
        html.raw("<button class=\"main\">Authorise</button></form></main>");
        return Style.page(200, "Authorise the command line", false, html.toString());
    }

    CompletionStage<EdgeResponse> approve(EdgeRequest request) {
        FormBody form = FormBody.ofForm(request);
        Optional<Operator> operator = sessions.find(request)
                .filter(found -> found.sent(form.get("form")))
                .filter(CertificatePage::mayIssue);
        String key = form.get("key");
        Optional<Zone> zone = operator.flatMap(found -> zones(found).stream()
                .filter(candidate -> candidate.id().equals(form.get("zone")))
                .findFirst());
        if (operator.isEmpty() || zone.isEmpty() || !TransferStore.isKey(key)) {
            return CompletableFuture.completedFuture(
                    message(403, "Not approved", "The page was too old. Start again with: tunnel login"));
        }
        return OriginCertificate.issue(
                        state, zone.get(), "operator " + operator.get().name())
                .thenApply(pem -> {
                    transfers.put(key, pem);
                    return message(200, "Done", "The command line has its certificate now. This window can be closed.");
                })
                .exceptionally(e -> {
                    log.warn("certificate could not be issued", e);
                    return message(
                            503, "Not now", "The store cannot be reached; nothing was changed. Try again later.");
                });
    }

    private static boolean mayIssue(Operator operator) {
        return operator.may(Scope.TUNNELS_EDIT) && operator.may(Scope.ROUTES_EDIT);
    }

    private List<Zone> zones(Operator operator) {
        return state.current().zones().stream()
                .filter(zone ->
                        operator.account().isEmpty() || operator.account().equals(zone.accountTag()))
                .sorted(Comparator.comparing(Zone::name))
                .toList();
    }

    private static EdgeResponse message(int status, String title, String text) {
        String body = new Html()
                .raw("<main class=\"sheet\">")
                .element("h1", "", title)
                .element("p", "", text)
                .raw("</main>")
                .toString();
        return Style.page(status, title, false, body);
    }
}
