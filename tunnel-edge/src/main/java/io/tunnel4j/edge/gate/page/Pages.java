package io.tunnel4j.edge.gate.page;

import io.tunnel4j.edge.exchange.EdgeResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/** Makes the pages. Thread-safe. Each forbids everything that it does not need: scripts, frames, other sites. */
public final class Pages {
    private static final String STYLE = """
            :root{color-scheme:light dark;--page:#f3f4f6;--card:#fff;--text:#16181d;--soft:#5b6270;--line:#c9ced6;\
            --accent:#1d4ed8;--on-accent:#fff;--bad:#b42318;--bad-page:#fef3f2}
            @media(prefers-color-scheme:dark){:root{--page:#101318;--card:#1a1e26;--text:#eceef2;--soft:#a3abb9;--line:#3d4554;\
            --accent:#8ab4ff;--on-accent:#0b1220;--bad:#ff9b90;--bad-page:#3a1a17}}
            *{box-sizing:border-box}
            body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem;background:var(--page);color:var(--text);\
            font:1rem/1.5 system-ui,sans-serif}
            main{width:100%;max-width:26rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem}
            h1{font-size:1.375rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
            p{margin:0 0 1rem;overflow-wrap:anywhere}
            .soft{color:var(--soft)}
            .bad{color:var(--bad);background:var(--bad-page);border:1px solid currentColor;border-radius:.5rem;padding:.625rem .875rem}
            dl{margin:0 0 1.25rem;display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
            dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;font-weight:600}
            label{display:block;font-weight:600;margin:0 0 .25rem}
            input:not([type=hidden]){width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);\
            border-radius:.5rem;padding:.625rem .75rem;margin:0 0 1rem}
            .code{letter-spacing:.35em;font-variant-numeric:tabular-nums}
            .go{display:block;width:100%;font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer;\
            border-radius:.5rem;border:1px solid var(--accent);background:var(--accent);color:var(--on-accent);padding:.6875rem 1rem;\
            margin:0 0 .75rem;overflow-wrap:anywhere}
            .go.plain{background:transparent;color:var(--accent)}
            a{color:var(--accent)}
            :focus-visible{outline:3px solid var(--accent);outline-offset:2px}
            .foot{margin:1rem 0 0;font-size:.875rem;color:var(--soft)}
            @media(max-width:30rem){main{padding:1.5rem}}
            main>:last-child,form:last-child>:last-child{margin-bottom:0}
            """;
    /** Value of the consent form's field {@code answer} that says no. */
    public static final String DECLINE = "no";

    private static final String CLOSE_SCRIPT = "window.close();";
    private static final String STYLE_HASH = hash(STYLE);
    private static final String CLOSE_HASH = hash(CLOSE_SCRIPT);

    private Pages() {}

    /**
     * Asks where to log in.
     *
     * @param app name of the application
     * @param choices where, each with its link
     * @return the page
     */
    public static EdgeResponse choose(String app, List<Choice> choices) {
        StringBuilder body =
                new StringBuilder(heading("Log in", "to continue to <strong>" + Html.escape(app) + "</strong>"));
        if (choices.isEmpty()) {
            body.append(bad("No login method is set up for this application. Ask whoever runs it."));
        }
        for (Choice choice : choices) {
            body.append("<a class=\"go plain\" href=\"")
                    .append(Html.escape(choice.link()))
                    .append("\">")
                    .append(Html.escape(choice.name()))
                    .append("</a>");
        }
        return page(200, "Log in", body.toString(), "");
    }

    /**
     * Asks for address and password.
     *
     * @param app name of the application
     * @param form takes {@code email} and {@code password}
     * @param email filled in
     * @param problem what was wrong the last time; empty for the first
     * @return the page
     */
    public static EdgeResponse password(String app, Form form, String email, String problem) {
        String body = heading("Log in", "to continue to <strong>" + Html.escape(app) + "</strong>")
                + bad(problem)
                + form.open()
                + "<label for=\"email\">E-mail address</label>"
                + "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" required maxlength=\"254\" value=\""
                + Html.escape(email) + "\"" + (email.isEmpty() ? " autofocus" : "") + ">"
                + "<label for=\"password\">Password</label>"
                + "<input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required"
                + " maxlength=\"1024\"" + (email.isEmpty() ? "" : " autofocus") + ">"
                + "<button class=\"go\">Log in</button></form>";
        return page(problem.isEmpty() ? 200 : 401, "Log in", body, form.leadsTo());
    }

    /**
     * Asks where to send a PIN.
     *
     * @param app name of the application
     * @param form takes {@code email}
     * @param problem what was wrong the last time; empty for the first
     * @return the page
     */
    public static EdgeResponse pinAddress(String app, Form form, String problem) {
        String body = heading("Log in", "to continue to <strong>" + Html.escape(app) + "</strong>")
                + bad(problem)
                + form.open()
                + "<label for=\"email\">E-mail address</label>"
                + "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"email\" required maxlength=\"254\" autofocus>"
                + "<button class=\"go\">Send me a PIN</button></form>"
                + "<p class=\"foot\">The PIN comes by e-mail and is good for ten minutes.</p>";
        return page(problem.isEmpty() ? 200 : 429, "Log in", body, form.leadsTo());
    }

    /**
     * Asks for the PIN.
     *
     * @param form takes {@code pin}
     * @param email where it was sent, if anybody there may log in
     * @param problem what was wrong the last time; empty for the first
     * @return the page
     */
    public static EdgeResponse pin(Form form, String email, String problem) {
        String body = heading(
                        "Enter the PIN",
                        "If <strong>" + Html.escape(email) + "</strong> may log in, a PIN is on its way there.")
                + bad(problem)
                + form.open()
                + "<label for=\"pin\">PIN</label>"
                + "<input id=\"pin\" class=\"code\" name=\"pin\" inputmode=\"numeric\" pattern=\"[0-9]{6}\" maxlength=\"6\""
                + " autocomplete=\"one-time-code\" required autofocus>"
                + "<button class=\"go\">Log in</button></form>";
        return page(problem.isEmpty() ? 200 : 401, "Enter the PIN", body, form.leadsTo());
    }

    /**
     * Asks whether a command-line client may have the tokens.
     *
     * @param app name of the application
     * @param host where it is
     * @param email who is asked
     * @param form confirms
     * @return the page
     */
    public static EdgeResponse consent(String app, String host, String email, Form form) {
        String body = heading("Let a command-line program in?", "A program asks to use this application in your name.")
                + "<dl><dt>Application</dt><dd>" + Html.escape(app) + "</dd><dt>Host</dt><dd>" + Html.escape(host)
                + "</dd><dt>As</dt><dd>" + Html.escape(email) + "</dd></dl>"
                + form.open()
                + "<button class=\"go\" name=\"answer\" value=\"yes\">Let it in</button>"
                + "<button class=\"go plain\" name=\"answer\" value=\"" + DECLINE + "\">Refuse</button></form>"
                + "<p class=\"foot\">Go on only if you have just started the program yourself.</p>";
        return page(200, "Let a command-line program in?", body, form.leadsTo());
    }

    /**
     * Says that a command-line client has its tokens.
     *
     * @param app name of the application
     * @param close whether the window shall close itself
     * @return the page
     */
    public static EdgeResponse done(String app, boolean close) {
        String body = heading("You are logged in", "The program can now use <strong>" + Html.escape(app) + "</strong>.")
                + "<p class=\"soft\">You may close this window.</p>"
                + (close ? "<script>" + CLOSE_SCRIPT + "</script>" : "");
        return page(200, "You are logged in", body, "");
    }

    /**
     * Says that a command-line client gets nothing.
     *
     * @param app name of the application
     * @return the page
     */
    public static EdgeResponse declined(String app) {
        return page(
                200,
                "The program was not let in",
                heading(
                                "The program was not let in",
                                "It has been told that it may not use <strong>" + Html.escape(app) + "</strong>.")
                        + "<p class=\"soft\">You may close this window.</p>",
                "");
    }

    /**
     * Says that somebody may not pass.
     *
     * @param app name of the application
     * @param email who
     * @param message the operator's words; empty for ours
     * @param logout link to log in as somebody else
     * @param reference by which an operator finds the request
     * @return the page, with status 403
     */
    public static EdgeResponse refused(String app, String email, String message, String logout, String reference) {
        String body = heading(
                        "You may not use this application",
                        message.isEmpty() ? "Ask whoever runs it to let you in." : Html.escape(message))
                + "<dl><dt>Application</dt><dd>" + Html.escape(app) + "</dd><dt>Logged in as</dt><dd>"
                + Html.escape(email) + "</dd><dt>Reference</dt><dd>" + Html.escape(reference) + "</dd></dl>"
                + "<a class=\"go plain\" href=\"" + Html.escape(logout) + "\">Log out</a>";
        return page(403, "You may not use this application", body, "");
    }

    /**
     * Says that nobody is logged in any more.
     *
     * @return the page
     */
    public static EdgeResponse loggedOut() {
        return page(
                200,
                "You are logged out",
                heading("You are logged out", "Every application will ask you to log in again."),
                "");
    }

    /**
     * Says what is wrong.
     *
     * @param status 400 or more
     * @param title in a few words
     * @param text what to do about it
     * @return the page
     */
    public static EdgeResponse problem(int status, String title, String text) {
        return page(status, title, heading(Html.escape(title), Html.escape(text)), "");
    }

    private static String heading(String title, String html) {
        return "<h1>" + title + "</h1><p class=\"soft\">" + html + "</p>";
    }

    private static String bad(String problem) {
        return problem.isEmpty() ? "" : "<p class=\"bad\" role=\"alert\">" + Html.escape(problem) + "</p>";
    }

    private static EdgeResponse page(int status, String title, String body, String leadsTo) {
        String html = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>"
                + Html.escape(title) + "</title><style>" + STYLE + "</style></head><body><main>" + body
                + "</main></body></html>";
        String script = body.contains("<script>") ? "; script-src '" + CLOSE_HASH + "'" : "";
        return EdgeResponse.of(status, "text/html; charset=utf-8", html)
                .with(
                        "Content-Security-Policy",
                        "default-src 'none'; style-src '" + STYLE_HASH + "'" + script + "; form-action 'self'"
                                + (leadsTo.isEmpty() ? "" : " " + leadsTo)
                                + "; frame-ancestors 'none'; base-uri 'none'")
                .with("X-Frame-Options", "DENY")
                .with("X-Content-Type-Options", "nosniff")
                .with("Referrer-Policy", "same-origin")
                .with("Cache-Control", "no-store");
    }

    private static String hash(String text) {
        try {
            return "sha256-"
                    + Base64.getEncoder()
                            .encodeToString(
                                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no SHA-256 in this JVM", e);
        }
    }

    /**
     * A place to log in.
     *
     * @param name shown
     * @param link where it leads
     */
    public record Choice(String name, String link) {}
}
