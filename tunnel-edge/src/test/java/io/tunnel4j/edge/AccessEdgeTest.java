package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.testing.LeakCheck;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Access in front of a real edge: over TLS, with its state in the edge's store. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class AccessEdgeTest {
    @Test
    void protectedHost_serviceToken_reachesTheOriginAndNothingElseDoes() throws Exception {
        AccessSettings settings = AccessSettings.builder("team.localhost").build();
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.access(settings));
                ScriptedConnector connector = fixture.connector()) {
            connector.responding(seen -> seen.respond(200, "from the origin"));
            IssuedServiceToken token = fixture.edge.access().createServiceToken("build server");
            fixture.edge
                    .access()
                    .protect(Application.builder(EdgeFixture.HOST)
                            .policy(Policy.serviceAuth("builds").include(Rule.serviceToken(token.id())))
                            .build())
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS);

            try (RawHttp client =
                    RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST)) {
                assertThat(client.get("/").response().status()).isEqualTo(403);
                client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\nCf-Access-Client-Id: " + token.clientId()
                        + "\r\nCf-Access-Client-Secret: " + token.clientSecret() + "\r\n\r\n");
                assertThat(client.response().text()).isEqualTo("from the origin");
            }
        }
    }
}
