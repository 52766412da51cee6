package io.tunnel4j.edge;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** An SMTP server (RFC 5321) with STARTTLS and AUTH, which can be told to refuse or to fall silent. */
final class ScriptedMailServer implements AutoCloseable {
    /** Where it falls silent. */
    enum Silence {
        NEVER,
        GREETING,
        DATA
    }

    final List<String> commands = new CopyOnWriteArrayList<>();
    final List<String> mails = new CopyOnWriteArrayList<>();
    volatile boolean offersTls = true;
    volatile boolean refusesRecipient;
    volatile String password = "";
    volatile Silence silence = Silence.NEVER;

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final X509Bundle certificate;
    private final SSLContext tls;

    ScriptedMailServer(String certifiedName) throws Exception {
        certificate = new CertificateBuilder()
                .subject("CN=mail")
                .addSanDnsName(certifiedName)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        tls = SSLContext.getInstance("TLS");
        tls.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
        Thread thread = new Thread(this::accept, "test-mail");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listener.getLocalPort();
    }

    X509Certificate root() {
        return certificate.getRootCertificate();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                open.add(socket);
                Thread thread = new Thread(() -> serve(socket), "test-mail-connection");
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket plain) {
        try (Socket socket = plain) {
            if (silence == Silence.GREETING) {
                socket.getInputStream().read();
                return;
            }
            talk(socket, false);
        } catch (IOException e) {
            commands.add("broken: " + e.getClass().getSimpleName());
        }
    }

    private void talk(Socket socket, boolean isTls) throws IOException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        OutputStream out = socket.getOutputStream();
        if (!isTls) {
            say(out, "220 mail.test");
        }
        String line;
        while ((line = in.readLine()) != null) {
            String verb = line.split("[ :]")[0].toUpperCase(Locale.ROOT);
            commands.add((isTls ? "tls " : "plain ") + (verb.equals("AUTH") ? "AUTH" : line));
            switch (verb) {
                case "EHLO" -> {
                    out.write("250-mail.test\r\n".getBytes(StandardCharsets.US_ASCII));
                    say(out, offersTls && !isTls ? "250 STARTTLS" : "250 AUTH PLAIN");
                }
                case "STARTTLS" -> {
                    say(out, "220 go ahead");
                    SSLSocket secure = (SSLSocket)
                            tls.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
                    secure.setUseClientMode(false);
                    talk(secure, true);
                    return;
                }
                case "AUTH" -> {
                    String given = new String(Base64.getDecoder().decode(line.split(" ")[2]), StandardCharsets.UTF_8);
                    say(out, given.endsWith("\0edge\0" + password) ? "235 welcome" : "535 who are you?");
                }
                case "RCPT" -> say(out, refusesRecipient ? "550 no such mailbox" : "250 ok");
                case "DATA" -> {
                    if (silence == Silence.DATA) {
                        in.readLine();
                        return;
                    }
                    say(out, "354 go on");
                    mails.add(mail(in));
                    say(out, "250 taken");
                }
                case "QUIT" -> {
                    say(out, "221 bye");
                    return;
                }
                default -> say(out, "250 ok");
            }
        }
    }

    private static String mail(BufferedReader in) throws IOException {
        StringBuilder mail = new StringBuilder();
        String line;
        while ((line = in.readLine()) != null && !line.equals(".")) {
            mail.append(line).append('\n');
        }
        return mail.toString();
    }

    private static void say(OutputStream out, String line) throws IOException {
        out.write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
