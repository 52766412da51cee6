package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.mux.FlatHeaders;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the edge says when it cannot serve: an HTML page without external parts, or JSON for those who ask for it. Tells the visitor what happened,
 * and the operator which request it was. Stateless.
 */
final class ErrorPage {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String JSON = "application/json";

    private ErrorPage() {}

    /** The reasons the edge has, and how it puts them. */
    enum Reason {
        BAD_REQUEST(400, "Bad request", "The request is malformed or ambiguous, so it was not forwarded."),
        METHOD_NOT_ALLOWED(405, "Method not allowed", "This method is not served here."),
        NOT_FOUND(404, "Nothing here", "No service is published under this name."),
        BODY_TOO_LARGE(413, "Too large", "The request's body is larger than what is accepted here."),
        UPGRADE_REQUIRED(426, "Upgrade required", "Only version 13 of the WebSocket protocol is supported."),
        TOO_MANY_REQUESTS(429, "Too many requests", "This name gets more requests than it may. Try again shortly."),
        HEAD_TOO_LARGE(431, "Header too large", "The request's header is larger than what is accepted here."),
        INTERNAL(500, "Internal error", "Something went wrong at the edge."),
        NOT_IMPLEMENTED(501, "Not implemented", "The request needs something that is not implemented."),
        BAD_GATEWAY(502, "Bad gateway", "The tunnel's connector could not get an answer from the service."),
        UNAVAILABLE(503, "Service unavailable", "The service has as many connections as it can take."),
        DECISION_UNAVAILABLE(503, "Service unavailable", "Access to this site cannot be decided right now."),
        SHUTTING_DOWN(503, "Service unavailable", "This edge is shutting down. Try again."),
        TIMEOUT(504, "Gateway timeout", "The service took too long to answer."),
        VERSION(505, "Version not supported", "This version of HTTP is not supported."),
        NO_CONNECTOR(530, "Tunnel not connected", "The name is known, but no connector of its tunnel is connected.");

        final int status;
        final String title;
        final String text;

        Reason(int status, String title, String text) {
            this.status = status;
            this.title = title;
            this.text = text;
        }

        static Reason forStatus(int status) {
            for (Reason reason : values()) {
                if (reason.status == status) {
                    return reason;
                }
            }
            return BAD_REQUEST;
        }
    }

    static EdgeResponse of(Reason reason, @Nullable FlatHeaders request, AsciiString id) {
        boolean json = request != null && prefersJson(request.get("accept"));
        EdgeResponse response = EdgeResponse.of(
                        reason.status, json ? JSON : HTML, json ? json(reason, id) : html(reason, id))
                .with("Cache-Control", "no-store");
        if (!json) {
            response.with("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                    .with("X-Content-Type-Options", "nosniff");
        }
        switch (reason) {
            case UPGRADE_REQUIRED -> response.with("Sec-WebSocket-Version", "13");
            case TOO_MANY_REQUESTS, UNAVAILABLE, DECISION_UNAVAILABLE, SHUTTING_DOWN, NO_CONNECTOR ->
                response.with("Retry-After", "5");
            default -> {}
        }
        return response;
    }

    private static boolean prefersJson(@Nullable CharSequence accept) {
        if (accept == null) {
            return false;
        }
        String text = accept.toString();
        int json = text.indexOf("json");
        int html = text.indexOf("text/html");
        return json >= 0 && (html < 0 || json < html);
    }

    private static String json(Reason reason, AsciiString id) {
        return "{\"status\":" + reason.status + ",\"error\":\"" + reason.title + "\",\"detail\":\"" + reason.text
                + "\",\"request_id\":\"" + id + "\"}\n";
    }

    private static String html(Reason reason, AsciiString id) {
        return String.format(Locale.ROOT, """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="robots" content="noindex">
                <title>%2$d %1$s</title>
                <style>
                :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f27;--soft:#5b6472;--line:#e3e6eb;--mark:#b3400f}
                @media(prefers-color-scheme:dark){:root{--bg:#12151b;--card:#1a1f28;--ink:#e8ebf0;--soft:#9aa4b2;--line:#2b323d;--mark:#ff9a66}}
                *{box-sizing:border-box}
                body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--bg);color:var(--ink);\
                font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
                main{width:100%%;max-width:34rem;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:36px 32px}
                .code{font-size:.95rem;font-weight:600;letter-spacing:.06em;color:var(--mark);margin:0}
                h1{font-size:1.7rem;line-height:1.25;margin:.25rem 0 .75rem}
                p{margin:0 0 1.25rem}
                dl{margin:0;padding-top:1.1rem;border-top:1px solid var(--line);display:grid;grid-template-columns:auto 1fr;gap:.3rem 1rem;\
                font-size:.86rem;color:var(--soft)}
                dd{margin:0;font-family:ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
                </style>
                </head>
                <body>
                <main>
                <p class="code">%2$d</p>
                <h1>%1$s</h1>
                <p>%3$s</p>
                <dl><dt>Request</dt><dd>%4$s</dd></dl>
                </main>
                </body>
                </html>
                """, reason.title, reason.status, reason.text, id);
    }
}
