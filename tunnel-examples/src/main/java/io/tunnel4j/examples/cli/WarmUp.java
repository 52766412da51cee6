package io.tunnel4j.examples.cli;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/**
 * Loads the JVM's TLS while the command line is still being read, on another processor. Nothing that might log: the log is set up by the command.
 */
final class WarmUp {
    private static final Set<String> CONNECTING = Set.of("run", "tcp", "ssh", "rdp", "smb", "socks");

    private WarmUp() {}

    static void forWords(String... words) {
        if (Runtime.getRuntime().availableProcessors() > 1
                && Arrays.stream(words).limit(2).anyMatch(CONNECTING::contains)) {
            Thread thread = new Thread(WarmUp::touch, "tunnel-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static void touch() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[0], null);
            SSLEngine engine = context.createSSLEngine("localhost", 443);
            engine.setUseClientMode(true);
            engine.wrap(
                    ByteBuffer.allocate(0),
                    ByteBuffer.allocate(engine.getSession().getPacketBufferSize()));
        } catch (GeneralSecurityException | SSLException notNow) {
            // Whoever needs it will say what is wrong.
        }
    }
}
