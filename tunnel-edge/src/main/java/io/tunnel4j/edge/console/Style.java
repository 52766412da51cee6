package io.tunnel4j.edge.console;

import io.tunnel4j.edge.exchange.EdgeResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;

/** The frame of every page: one style sheet, one small script, and the policy that allows exactly these two. */
final class Style {
    private static final String CSS = """
            :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1a2230;--dim:#5f6b7c;--line:#e2e6ec;--accent:#3157d5;\
            --ok:#16794c;--ok-bg:#e3f4ea;--warn:#8a5a00;--warn-bg:#fdf1d8;--bad:#b3261e;--bad-bg:#fbe6e4;--idle-bg:#eceff3;}
            @media(prefers-color-scheme:dark){:root{--bg:#10141b;--card:#181e28;--ink:#e6eaf1;--dim:#96a2b4;--line:#2a3240;\
            --accent:#8fa8ff;--ok:#6fd3a0;--ok-bg:#143526;--warn:#f0c264;--warn-bg:#3a2d10;--bad:#ff9d95;--bad-bg:#401d1b;--idle-bg:#242c39;}}
            *{box-sizing:border-box}
            body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
            header{display:flex;align-items:center;gap:.75rem;flex-wrap:wrap;padding:1rem clamp(1rem,4vw,2.5rem) .25rem}
            header h1{font-size:1.15rem;margin:0;letter-spacing:-.01em}header form{margin-left:auto}
            main{padding:.75rem clamp(1rem,4vw,2.5rem) 3rem;max-width:84rem}
            h2{font-size:.95rem;margin:2rem 0 .6rem;display:flex;gap:.5rem;align-items:baseline}
            h2 small{color:var(--dim);font-weight:400}
            .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem}
            .tile,.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem}
            .tile{padding:.8rem 1rem}.tile b{display:block;font-size:1.6rem;line-height:1.2;font-variant-numeric:tabular-nums}
            .tile span{color:var(--dim);font-size:.82rem}
            .card{margin-bottom:.75rem;overflow:hidden}
            .head{display:flex;flex-wrap:wrap;gap:.35rem .7rem;align-items:center;padding:.75rem 1rem}
            .head strong{font-size:1rem;overflow-wrap:anywhere}.head .end{margin-left:auto;color:var(--dim);font-size:.82rem}
            code{font:12.5px/1.4 ui-monospace,"SF Mono",Menlo,Consolas,monospace;color:var(--dim);overflow-wrap:anywhere}
            .pill{border-radius:99px;padding:.05rem .6rem;font-size:.78rem;background:var(--idle-bg);color:var(--dim);white-space:nowrap}
            .ok{background:var(--ok-bg);color:var(--ok)}.warn{background:var(--warn-bg);color:var(--warn)}.bad{background:var(--bad-bg);color:var(--bad)}
            table{width:100%;border-collapse:collapse;font-size:.88rem}
            th{font-weight:500;color:var(--dim);text-align:left;font-size:.78rem}
            th,td{padding:.45rem 1rem;border-top:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
            td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
            .empty{padding:1rem;color:var(--dim)}
            .card.plain table tr:first-child th,.card.plain table tr:first-child td{border-top:0}
            button,.button{font:inherit;border-radius:.5rem;border:1px solid var(--line);background:var(--card);color:var(--ink);padding:.45rem .9rem;cursor:pointer}
            button.main{background:var(--accent);border-color:var(--accent);color:var(--card);font-weight:600}
            input[type=password]{font:inherit;width:100%;padding:.55rem .7rem;border:1px solid var(--line);border-radius:.5rem;background:var(--bg);color:var(--ink)}
            :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
            .sheet{max-width:27rem;margin:10vh auto 0;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:1rem}
            .sheet h1{font-size:1.2rem;margin:0 0 .5rem}.sheet p{margin:.5rem 0;color:var(--dim)}.sheet label{display:block;margin:1rem 0 .3rem}
            .sheet .choice{display:flex;gap:.6rem;align-items:center;margin:.4rem 0;padding:.6rem .8rem;border:1px solid var(--line);border-radius:.5rem}
            .sheet .choice input{margin:0;accent-color:var(--accent)}
            .sheet button{margin-top:1rem;width:100%}.sheet .bad{padding:.5rem .7rem;border-radius:.5rem}
            @media(max-width:40rem){.sheet{margin:1rem}.tile:last-child:nth-child(odd){grid-column:1/-1}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
            table,tbody,tr,td{display:block}tr{padding:.4rem 0;border-top:1px solid var(--line)}.card.plain tr:first-child{border-top:0}
            tr{padding:.5rem .6rem}section.card tr{display:grid;grid-template-columns:1fr 1fr;row-gap:.3rem}
            td,td.n{border:0;padding:.1rem .4rem;text-align:left;white-space:normal}
            td[data-l]::before{content:attr(data-l);display:block;color:var(--dim);font-size:.75rem}}
            """;

    private static final String SCRIPT = """
            (function(){var live=document.getElementById('live'),dot=document.getElementById('dot');if(!live||!window.EventSource)return;\
            var source=new EventSource('/console/events');\
            source.onmessage=function(e){live.innerHTML=JSON.parse(e.data);dot.textContent='live';dot.className='pill ok'};\
            source.onerror=function(){dot.textContent='reconnecting';dot.className='pill warn'}})();""";

    private static final String ICON =
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
                    + "%3Cpath fill='%233157d5' d='M1 14a7 7 0 0 1 14 0h-3.5a3.5 3.5 0 0 0-7 0z'/%3E%3C/svg%3E";

    private static final String POLICY =
            "default-src 'none'; style-src '" + hash(CSS) + "'; script-src '" + hash(SCRIPT)
                    + "'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    private Style() {}

    static EdgeResponse page(int status, String title, boolean isLive, String body) {
        Html html = new Html()
                .raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">")
                .raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
                .raw("<meta name=\"robots\" content=\"noindex\"><link rel=\"icon\" href=\"" + ICON + "\">")
                .raw(isLive ? "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>" : "")
                .element("title", "", title)
                .raw("<style>" + CSS + "</style></head><body>")
                .raw(body)
                .raw(isLive ? "<script>" + SCRIPT + "</script>" : "")
                .raw("</body></html>");
        return EdgeResponse.of(status, "text/html; charset=utf-8", html.toString())
                .with("Content-Security-Policy", POLICY)
                .with("X-Content-Type-Options", "nosniff")
                .with("X-Frame-Options", "DENY")
                .with("Referrer-Policy", "no-referrer")
                .with("Cache-Control", "no-store");
    }

    private static String hash(String content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no SHA-256 in this JVM", e);
        }
    }
}
