package io.tunnel4j.examples.cli;

import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Set;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Loads what the JVM needs for TLS and certificates while the command line is still being read, on another processor. Nothing that might log: the log is set
 * up by the command.
 */
final class WarmUp {
    private static final Set<String> CONNECTING = Set.of("run", "tcp", "ssh", "rdp", "smb", "socks");

    private WarmUp() {}

    static void forWords(String... words) {
        if (Runtime.getRuntime().availableProcessors() > 1
                && Arrays.stream(words).anyMatch(CONNECTING::contains)) {
            Thread thread = new Thread(WarmUp::touch, "tunnel-warm-up");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Whether this program carries BoringSSL for this machine: of the JVM's TLS only what it can do is asked then, by Netty. */
    private static boolean isNative() {
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch_64";
        return System.getProperty("os.name").equals("Linux")
                && WarmUp.class.getResource("/META-INF/native/libnetty_tcnative_linux_" + architecture + ".so") != null;
    }

    private static void touch() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[0], null);
            if (isNative()) {
                context.getSupportedSSLParameters();
                touchCertificates();
            } else {
                touchEngine(context);
            }
        } catch (GeneralSecurityException | SSLException notNow) {
            // Whoever needs it will say what is wrong.
        }
    }

    private static void touchCertificates() throws GeneralSecurityException {
        CertificateFactory.getInstance("X.509");
        AlgorithmParameters.getInstance("EC").init(new ECGenParameterSpec("secp256r1"));
        Signature.getInstance("SHA256withECDSA");
        TrustManagerFactory.getInstance("PKIX");
        new SNIHostName("localhost");
    }

    private static void touchEngine(SSLContext context) throws SSLException {
        SSLEngine engine = context.createSSLEngine("localhost", 443);
        engine.setUseClientMode(true);
        engine.wrap(
                ByteBuffer.allocate(0), ByteBuffer.allocate(engine.getSession().getPacketBufferSize()));
    }
}
