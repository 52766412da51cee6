package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.gate.policy.CountryLookup;
import io.tunnel4j.edge.gate.policy.DevicePosture;
import io.tunnel4j.edge.gate.policy.RequestFacts;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import io.tunnel4j.edge.gate.session.Grants;
import io.tunnel4j.edge.gate.session.RandomText;
import io.tunnel4j.edge.gate.session.Sessions;
import io.tunnel4j.edge.gate.token.AccessTokens;
import io.tunnel4j.edge.gate.token.StateSeal;
import io.tunnel4j.edge.gate.token.TokenKeys;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/** What the parts of the gate share. Thread-safe. */
final class GateContext {
    final TeamDomain team;
    final AccessState state;
    final InstantSource clock;
    final RandomText random = new RandomText();
    final TokenKeys keys;
    final AccessTokens tokens;
    final StateSeal seal;
    final Sessions sessions;
    final Grants grants;
    private final CountryLookup countries;
    private final DevicePosture postures;
    private volatile AccessIndex index;

    GateContext(
            TeamDomain team, AccessState state, InstantSource clock, CountryLookup countries, DevicePosture postures) {
        this.team = team;
        this.state = state;
        this.clock = clock;
        this.countries = countries;
        this.postures = postures;
        this.keys = TokenKeys.open(state, clock);
        this.tokens = new AccessTokens(keys, team.issuer(), RandomText.fingerprint(team.issuer()), clock);
        this.seal = new StateSeal(keys, clock);
        this.sessions = new Sessions(clock);
        this.grants = new Grants(clock, random);
        this.index = new AccessIndex(state);
    }

    /** The current state, rearranged when it has changed. */
    AccessIndex index() {
        AccessIndex current = index;
        if (current.version() != state.version()) {
            current = new AccessIndex(state);
            index = current;
        }
        return current;
    }

    RequestFacts facts(EdgeRequest request, @Nullable ServiceTokenRecord serviceToken) {
        InetAddress address = request.client().getAddress();
        if (address == null) {
            throw new IllegalArgumentException("client: " + request.client() + " (expected: a resolved address)");
        }
        return new RequestFacts(
                address,
                countries.country(address),
                serviceToken,
                !request.clientCertificates().isEmpty(),
                commonNames(request.clientCertificates()),
                postures.passed(request));
    }

    /** Common names of the leaf's subject. */
    static List<String> commonNames(List<X509Certificate> chain) {
        List<String> names = new ArrayList<>();
        if (!chain.isEmpty()) {
            try {
                for (Rdn rdn :
                        new LdapName(chain.get(0).getSubjectX500Principal().getName()).getRdns()) {
                    if (rdn.getType().equalsIgnoreCase("CN")) {
                        names.add(rdn.getValue().toString());
                    }
                }
            } catch (InvalidNameException e) {
                names.clear(); // a subject that is no name selects nobody
            }
        }
        return names;
    }

    /** Scheme, host and, where it is not the scheme's own, port as the browser addressed them. */
    static String origin(EdgeRequest request) {
        int usual = request.scheme().equals("https") ? 443 : 80;
        return request.scheme() + "://" + request.host() + (request.port() == usual ? "" : ":" + request.port());
    }

    /** Names of fields by which a client could pass its own words off as the gate's. */
    static List<String> reservedFields(HttpHeaders headers) {
        List<String> names = new ArrayList<>();
        for (String name : headers.names()) {
            // Servers that hand fields on as environment variables take an underscore for a hyphen.
            String canonical = name.replace('_', '-');
            if (canonical.regionMatches(true, 0, "Cf-Access-", 0, "Cf-Access-".length())
                    && !canonical.equalsIgnoreCase("Cf-Access-Jump-Destination")) {
                names.add(name);
            }
        }
        return names;
    }
}
