package io.tunnel4j.edge.console;

import io.tunnel4j.edge.api.OperatorSessions;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import java.util.regex.Pattern;

/** Signing in with an API token, and out. Thread-safe. */
final class SignInPages {
    static final String PATH = "/signin";
    static final String OUT = "/signout";

    /** Only pages of ours, so that signing in cannot be made to lead elsewhere. */
    private static final Pattern NEXT = Pattern.compile("/(console|argotunnel)([?/][ -~&&[^\\\\]]{0,2000})?");

    private final OperatorSessions sessions;

    SignInPages(OperatorSessions sessions) {
        this.sessions = sessions;
    }

    EdgeResponse form(String next, String problem, int status) {
        Html html = new Html().raw("<main class=\"sheet\"><h1>Sign in to this edge</h1>");
        if (!problem.isEmpty()) {
            html.raw("<p class=\"bad\" role=\"alert\">").text(problem).raw("</p>");
        }
        html.raw("<form method=\"post\" action=\"" + PATH + "\"><input type=\"hidden\" name=\"next\"")
                .attribute("value", safe(next))
                .raw("><label for=\"token\">API token</label>")
                .raw(
                        "<input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"current-password\" required autofocus>")
                .raw("<button class=\"main\">Sign in</button></form>")
                .raw("<p>The token the edge was started with, or one made through the API.</p></main>");
        return Style.page(status, "Sign in", false, html.toString());
    }

    EdgeResponse signIn(EdgeRequest request) {
        FormBody form = FormBody.ofForm(request);
        String next = safe(form.get("next"));
        return sessions.signIn(form.get("token"), request)
                .map(cookie -> redirect(next).with("Set-Cookie", cookie))
                .orElseGet(() -> form(next, "This token is not known here.", 403));
    }

    EdgeResponse signOut(EdgeRequest request) {
        boolean isOwn = sessions.find(request)
                .filter(operator -> operator.sent(FormBody.ofForm(request).get("form")))
                .isPresent();
        return isOwn ? redirect("/console").with("Set-Cookie", sessions.signOut(request)) : redirect("/console");
    }

    static EdgeResponse redirect(String location) {
        return EdgeResponse.of(303).with("Location", location).with("Cache-Control", "no-store");
    }

    private static String safe(String next) {
        return NEXT.matcher(next).matches() ? next : "/console";
    }
}
