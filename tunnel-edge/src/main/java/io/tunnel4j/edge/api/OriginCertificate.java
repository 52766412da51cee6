package io.tunnel4j.edge.api;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.state.Zone;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Issues the {@code cert.pem} with which the command line manages tunnels: account, zone and a new API token in one file. Thread-safe. */
public final class OriginCertificate {
    private static final int LINE = 64;
    private static final Set<Scope> SCOPES = EnumSet.of(Scope.TUNNELS_EDIT, Scope.ROUTES_EDIT);

    private OriginCertificate() {}

    /**
     * Makes a token for a zone's account and wraps it.
     *
     * @param state where the token is kept
     * @param zone the zone its bearer routes hostnames in
     * @param actor who asked, for the audit log
     * @return completes with the content of the file, which is a secret and cannot be had again
     */
    public static CompletionStage<String> issue(EdgeState state, Zone zone, String actor) {
        String text = ApiToken.newText();
        return state.change(actor, "certificate.issue", draft -> {
            ApiToken token =
                    ApiToken.of("cert.pem for " + zone.name(), text, zone.accountTag(), SCOPES, draft.now(), null);
            draft.put(Kind.API_TOKEN, token.id(), token.toDocument());
            draft.subject(token.id() + " " + zone.name());
            return pem(zone, text);
        });
    }

    private static String pem(Zone zone, String apiToken) {
        JsonObject json = new JsonObject();
        json.addProperty("zoneID", zone.id());
        json.addProperty("accountID", zone.accountTag());
        json.addProperty("apiToken", apiToken);
        Base64.Encoder encoder = Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII));
        return "-----BEGIN ARGO TUNNEL TOKEN-----\n"
                + encoder.encodeToString(json.toString().getBytes(StandardCharsets.UTF_8))
                + "\n-----END ARGO TUNNEL TOKEN-----\n";
    }
}
