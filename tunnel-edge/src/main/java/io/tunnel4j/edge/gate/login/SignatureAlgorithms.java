package io.tunnel4j.edge.gate.login;

import com.nimbusds.jose.JWSAlgorithm;
import java.util.Set;

/** How others may sign what they tell us: with keys that only they have (RFC 8725 §3.1). */
final class SignatureAlgorithms {
    static final Set<JWSAlgorithm> ACCEPTED = Set.of(
            JWSAlgorithm.RS256,
            JWSAlgorithm.RS384,
            JWSAlgorithm.RS512,
            JWSAlgorithm.PS256,
            JWSAlgorithm.ES256,
            JWSAlgorithm.ES384);

    private SignatureAlgorithms() {}
}
