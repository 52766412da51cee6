package io.tunnel4j.access.login;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program of its own whose threads all want the same application. Writes WARM and waits for a byte, then writes READY, PROMPT, ELSEWHERE, DONE n, each on a line.
 * Arguments: proxy port, CA file, directory, host, threads.
 */
final class LoginProcess {
    private LoginProcess() {}

    /** Loads the classes of a TLS exchange, so that all processes can start their logins at once, on a slow machine too. */
    private static void warmUp(AccessLogin login, URI application) {
        while (true) {
            try {
                login.stored(application).toCompletableFuture().join();
                return;
            } catch (CompletionException slow) {
                continue;
            }
        }
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        URI application = URI.create("https://" + arguments[3]);
        int threads = Integer.parseInt(arguments[4]);
        LoginPrompt prompt = new LoginPrompt() {
            @Override
            public void show(Request request) {
                out.println("PROMPT");
            }

            @Override
            public void alreadyShown(Request request) {
                out.println("ELSEWHERE");
            }
        };
        try (AccessLogin login = AccessLogin.builder()
                .tokenStore(TokenStore.directory(Path.of(arguments[2])))
                .outboundProxy(OutboundProxy.http("127.0.0.1", Integer.parseInt(arguments[0])))
                .caPool(Path.of(arguments[1]))
                .onlyCaPool()
                .prompt(prompt)
                .build()) {
            warmUp(login, application);
            out.println("WARM");
            System.in.read();
            AtomicInteger tokens = new AtomicInteger();
            CountDownLatch started = new CountDownLatch(threads);
            CountDownLatch done = new CountDownLatch(threads);
            for (int i = 0; i < threads; i++) {
                new Thread(() -> {
                            try {
                                started.countDown();
                                login.obtain(application, null)
                                        .toCompletableFuture()
                                        .join();
                                tokens.incrementAndGet();
                            } catch (RuntimeException e) {
                                out.println("FAILED " + e);
                            } finally {
                                done.countDown();
                            }
                        })
                        .start();
            }
            started.await();
            out.println("READY");
            done.await();
            out.println("DONE " + tokens.get());
        }
    }
}
