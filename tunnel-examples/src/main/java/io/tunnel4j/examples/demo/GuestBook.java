package io.tunnel4j.examples.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** The service without a port: a page that counts its visitors. Thread-safe. */
final class GuestBook implements HttpHandler {
    private final AtomicLong visits = new AtomicLong();
    private final Narrator narrator;

    GuestBook(Narrator narrator) {
        this.narrator = narrator;
    }

    @Override
    public void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            long visit = visits.incrementAndGet();
            narrator.say("  page    visit " + visit + " of "
                    + exchange.getRequestURI().getPath() + " by "
                    + exchange.getRequestHeaders().getFirst("User-Agent"));
            byte[] page = page(visit).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
        }
    }

    private static String page(long visit) {
        return """
                <!doctype html>
                <html lang="en">
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>tunnel4j: no open port</title>
                <style>
                  :root { color-scheme: light dark; --ink: #1d2733; --soft: #5d6b7a; --paper: #f6f8fa; --line: #d7dee6; --mark: #0b7a75; }
                  @media (prefers-color-scheme: dark) {
                    :root { --ink: #e8eef4; --soft: #9fb0c0; --paper: #12181f; --line: #2a3643; --mark: #4fd1c5; }
                  }
                  body { font: 1.05rem/1.6 system-ui, sans-serif; color: var(--ink); background: var(--paper);
                         max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; }
                  h1 { font-size: 1.9rem; line-height: 1.25; margin: 0 0 1rem; }
                  b { color: var(--mark); }
                  ol { padding: 0; margin: 2rem 0; list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; }
                  li { border: 1px solid var(--line); border-radius: .5rem; padding: .3rem .8rem; }
                  li + li::before { content: "\\2192"; margin-right: .7rem; color: var(--soft); }
                  small { color: var(--soft); }
                </style>
                <h1>This page comes from a Java handler that listens on <b>no port</b>.</h1>
                <p>You are visitor number <b>%d</b> since the demo started.</p>
                <ol><li>browser</li><li>edge</li><li>connection dialled from inside</li><li>handler</li></ol>
                <small>Served %s. Reload the page and watch the terminal.</small>
                </html>
                """.formatted(visit, Instant.now());
    }
}
