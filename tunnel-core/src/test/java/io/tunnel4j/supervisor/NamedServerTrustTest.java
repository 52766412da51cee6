package io.tunnel4j.supervisor;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.transport.TrustRoots;
import java.math.BigInteger;
import java.net.Socket;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.stream.IntStream;
import javax.net.ssl.SSLEngine;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose certificate may be the edge's: RFC 9525 §6.3 for one name. */
class NamedServerTrustTest {
    private static X509Bundle authority;
    private static NamedServerTrust trust;

    @BeforeAll
    static void certify() throws Exception {
        authority = authority("CN=authority");
        trust = new NamedServerTrust(
                TrustRoots.builder()
                        .certificates(authority.getCertificate())
                        .onlyPool()
                        .build()
                        .trustManager(),
                EdgeTls.SERVER_NAME);
    }

    private static X509Bundle authority(String subject) throws Exception {
        return new CertificateBuilder()
                .ecp256()
                .subject(subject)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    /** A certificate with these DNS names; with a builder that, unlike the library for test certificates, takes any text for a name. */
    private static X509Certificate[] chain(X509Bundle issuer, String... dnsNames) throws Exception {
        return chain(
                issuer,
                Arrays.stream(dnsNames)
                        .map(dnsName -> new GeneralName(GeneralName.dNSName, dnsName))
                        .toArray(GeneralName[]::new));
    }

    private static X509Certificate[] chain(X509Bundle issuer, GeneralName... names) throws Exception {
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
        keys.initialize(256);
        JcaX509v3CertificateBuilder leaf = new JcaX509v3CertificateBuilder(
                issuer.getCertificate(),
                BigInteger.TWO,
                Date.from(Instant.now().minus(Duration.ofDays(1))),
                Date.from(Instant.now().plus(Duration.ofDays(1))),
                new X500Principal("CN=" + EdgeTls.SERVER_NAME),
                keys.generateKeyPair().getPublic());
        if (names.length > 0) {
            leaf.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        }
        X509CertificateHolder signed = leaf.build(new JcaContentSignerBuilder("SHA256withECDSA")
                .build(issuer.getKeyPair().getPrivate()));
        return new X509Certificate[] {new JcaX509CertificateConverter().getCertificate(signed), issuer.getCertificate()
        };
    }

    private static void check(X509Certificate... chain) throws CertificateException {
        trust.checkServerTrusted(chain, "ECDHE_ECDSA", (SSLEngine) null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2.cftunnel.com", "H2.CFTunnel.com", "*.cftunnel.com"})
    void name_orItsFirstLabelByWildcard_isTrusted(String name) throws Exception {
        X509Certificate[] chain = chain(authority, "other.example", name);

        assertThatCode(() -> check(chain)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cftunnel.com",
                "*.com",
                "*",
                "*.h2.cftunnel.com",
                "a.h2.cftunnel.com",
                "h*.cftunnel.com",
                "h2.*.com",
                "h2.cftunnel.com.evil.example",
                "xh2.cftunnel.com"
            })
    void name_another_isRefusedAndShown(String name) throws Exception {
        X509Certificate[] chain = chain(authority, name);

        assertThatThrownBy(() -> check(chain))
                .isInstanceOf(CertificateException.class)
                .hasMessage("it is for " + name + ", not for h2.cftunnel.com");
    }

    @Test
    void name_onlyAsCommonName_isRefused() throws Exception {
        X509Certificate[] without = chain(authority, new GeneralName[0]);
        X509Certificate[] address = chain(authority, new GeneralName(GeneralName.iPAddress, "127.0.0.1"));

        assertThatThrownBy(() -> check(without)).hasMessage("it is for no DNS name, not for h2.cftunnel.com");
        assertThatThrownBy(() -> check(address)).hasMessage("it is for no DNS name, not for h2.cftunnel.com");
    }

    @Test
    void names_ofWhichThereAreMany_areNotAllShown() throws Exception {
        String[] names =
                IntStream.range(0, 50).mapToObj(i -> "host" + i + ".example").toArray(String[]::new);
        X509Certificate[] chain = chain(authority, names);

        assertThatThrownBy(() -> check(chain)).hasMessageContaining("host4").hasMessageNotContaining("host5.");
    }

    @Test
    void authority_another_isRefused_whateverTheNameAndTheWayOfAsking() throws Exception {
        X509Certificate[] chain = chain(authority("CN=another authority"), EdgeTls.SERVER_NAME);

        assertThatThrownBy(() -> check(chain)).isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> trust.checkServerTrusted(chain, "ECDHE_ECDSA", (Socket) null))
                .isInstanceOf(CertificateException.class);
        assertThatThrownBy(() -> trust.checkServerTrusted(chain, "ECDHE_ECDSA"))
                .isInstanceOf(CertificateException.class);
    }

    @Test
    void name_another_isRefused_whateverTheWayOfAsking() throws Exception {
        X509Certificate[] chain = chain(authority, "other.example");

        assertThatThrownBy(() -> trust.checkServerTrusted(chain, "ECDHE_ECDSA", (Socket) null))
                .hasMessageContaining("other.example");
        assertThatThrownBy(() -> trust.checkServerTrusted(chain, "ECDHE_ECDSA")).hasMessageContaining("other.example");
    }
}
