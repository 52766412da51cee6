package io.tunnel4j.access.login;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.KeyPair;
import java.security.interfaces.XECPublicKey;
import java.util.Base64;
import software.pando.crypto.nacl.CryptoBox;

/** What a transfer store answers, for servers in tests. */
final class SealedTransfer {
    private SealedTransfer() {}

    /** Seals a text to the key in the request line {@code GET /transfer/<key> HTTP/1.1}. */
    static String answer(String request, String plaintext) {
        KeyPair service = CryptoBox.keyPair();
        byte[] recipient = Base64.getUrlDecoder().decode(request.split("[/ ]")[3]);
        try (CryptoBox box =
                CryptoBox.encrypt(service.getPrivate(), CryptoBox.publicKey(recipient), plaintext.getBytes(UTF_8))) {
            byte[] cipher = box.getCiphertextWithTag();
            byte[] envelope = ByteBuffer.allocate(24 + cipher.length)
                    .put(box.getNonce())
                    .put(cipher)
                    .array();
            String body = Base64.getEncoder().encodeToString(envelope);
            String key =
                    Base64.getUrlEncoder().encodeToString(littleEndian(((XECPublicKey) service.getPublic()).getU()));
            return "HTTP/1.1 200 OK\r\nservice-public-key: " + key + "\r\nContent-Length: " + body.length() + "\r\n\r\n"
                    + body;
        }
    }

    static byte[] littleEndian(BigInteger u) {
        byte[] out = new byte[32];
        byte[] in = u.toByteArray();
        for (int i = 0; i < Math.min(32, in.length); i++) {
            out[i] = in[in.length - 1 - i];
        }
        return out;
    }
}
