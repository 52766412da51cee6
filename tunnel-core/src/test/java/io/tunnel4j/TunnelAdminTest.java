package io.tunnel4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import okhttp3.mockwebserver.Dispatcher;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;
import okhttp3.mockwebserver.SocketPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The management API as a scripted server; requests as the protocol document has them. */
@ExtendWith(LeakCheck.class)
class TunnelAdminTest {
    private static final UUID TUNNEL = UUID.fromString("11111111-2222-4333-8444-555555555555");
    private static final UUID OTHER = UUID.fromString("99999999-2222-4333-8444-555555555555");
    private static final String ACCOUNT_PATH = "/client/v4/accounts/acc";
    private static final String TUNNEL_PATH = ACCOUNT_PATH + "/cfd_tunnel/" + TUNNEL;
    private static final String TUNNEL_JSON =
            "{'id':'" + TUNNEL + "','name':'shop','created_at':'2026-08-01T10:00:00.5Z',"
                    + "'deleted_at':null,'connections':[{'colo_name':'fra07','id':'" + OTHER
                    + "','is_pending_reconnect':true,'origin_ip':'192.0.2.7','opened_at':'2026-08-02T10:00:00+02:00'}]}";
    private static final OriginCertificate CERTIFICATE = OriginCertificate.of("zone", "acc", "s3cret-token", null);

    private final List<Duration> waits = new ArrayList<>();
    private MockWebServer server;
    private TunnelAdmin admin;

    @BeforeEach
    void start() throws IOException {
        server = new MockWebServer();
        server.start(InetAddress.getLoopbackAddress(), 0);
        admin = builder().build();
    }

    @AfterEach
    void stop() throws IOException {
        server.shutdown();
    }

    private TunnelAdmin.Builder builder() {
        return TunnelAdmin.builder(CERTIFICATE)
                .apiUrl(server.url("/client/v4").uri())
                .delay((wait, task) -> {
                    waits.add(wait);
                    task.run();
                });
    }

    @Test
    void create_newName_sendsASecretAndReturnsTheCredentials() throws Exception {
        result("{'id':'" + TUNNEL + "','name':'shop','token':'ignored'}");

        TunnelCredentials credentials = value(admin.create("shop"));

        RecordedRequest request = server.takeRequest(5, TimeUnit.SECONDS);
        assertThat(request.getRequestLine()).startsWith("POST " + ACCOUNT_PATH + "/cfd_tunnel HTTP");
        assertThat(request.getHeader("Authorization")).isEqualTo("Bearer s3cret-token");
        assertThat(request.getHeader("Accept")).isEqualTo("application/json;version=1");
        assertThat(request.getHeader("Content-Type")).isEqualTo("application/json");
        assertThat(request.getHeader("User-Agent")).startsWith("tunnel4j/");
        assertThat(credentials.secret()).hasSize(32);
        assertThat(request.getBody().readUtf8())
                .isEqualTo(json("{'name':'shop','tunnel_secret':'"
                        + Base64.getEncoder().encodeToString(credentials.secret()) + "'}"));
        assertThat(credentials.tunnelId()).isEqualTo(TUNNEL);
        assertThat(credentials.accountTag()).isEqualTo("acc");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "11111111-2222-4333-8444-555555555555"})
    void create_unfitName_isRefusedHere(String name) {
        assertThatThrownBy(() -> admin.create(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(expected: some text that is not a UUID)");
        assertThat(server.getRequestCount()).isZero();
    }

    @Test
    void list_everyFilter_isSent() throws Exception {
        result("[" + TUNNEL_JSON + "]");
        TunnelFilter filter = TunnelFilter.builder()
                .name("a b")
                .namePrefix("a")
                .excludePrefix("c&d")
                .existedAt(Instant.parse("2026-08-01T00:00:00Z"))
                .id(TUNNEL)
                .perPage(7)
                .build();

        List<TunnelInfo> tunnels = value(admin.list(filter));

        assertThat(sent())
                .isEqualTo("GET " + ACCOUNT_PATH + "/cfd_tunnel?is_deleted=false&name=a%20b&name_prefix=a"
                        + "&exclude_prefix=c%26d&existed_at=2026-08-01T00%3A00%3A00Z&uuid=" + TUNNEL
                        + "&per_page=7&page=1");
        TunnelInfo tunnel = tunnels.get(0);
        assertThat(tunnel.name()).isEqualTo("shop");
        assertThat(tunnel.createdAt()).isEqualTo(Instant.parse("2026-08-01T10:00:00.5Z"));
        assertThat(tunnel.deletedAt()).isNull();
        TunnelConnection connection = tunnel.connections().get(0);
        assertThat(connection.id()).isEqualTo(OTHER);
        assertThat(connection.location()).isEqualTo("fra07");
        assertThat(connection.originIp()).isEqualTo("192.0.2.7");
        assertThat(connection.isPendingReconnect()).isTrue();
        assertThat(connection.openedAt()).isEqualTo(Instant.parse("2026-08-02T08:00:00Z"));
        assertThat(connection.connectorId()).isNull();
    }

    @Test
    void list_deletedToo_asksForAll() throws Exception {
        result("[]");

        assertThat(value(admin.list(TunnelFilter.builder().includeDeleted().build())))
                .isEmpty();

        assertThat(sent()).isEqualTo("GET " + ACCOUNT_PATH + "/cfd_tunnel?page=1");
    }

    @Test
    void list_severalPages_areJoined() throws Exception {
        page(2, 5, TUNNEL_JSON, TUNNEL_JSON);
        page(2, 5, TUNNEL_JSON, TUNNEL_JSON);
        page(2, 5, TUNNEL_JSON);

        assertThat(value(admin.list(TunnelFilter.existing()))).hasSize(5);

        assertThat(sent()).endsWith("page=1");
        assertThat(sent()).endsWith("page=2");
        assertThat(sent()).endsWith("page=3");
    }

    @Test
    void list_totalReachedOnAFullPage_asksNoMore() throws Exception {
        page(2, 4, TUNNEL_JSON, TUNNEL_JSON);
        page(2, 4, TUNNEL_JSON, TUNNEL_JSON);

        assertThat(value(admin.list(TunnelFilter.existing()))).hasSize(4);
        assertThat(server.getRequestCount()).isEqualTo(2);
    }

    @Test
    void list_rateLimitedOnALaterPage_goesOnThere() throws Exception {
        page(1, 2, TUNNEL_JSON);
        server.enqueue(new MockResponse().setResponseCode(429).setHeader("Retry-After", "3"));
        page(1, 2, TUNNEL_JSON);

        assertThat(value(admin.list(TunnelFilter.existing()))).hasSize(2);
        assertThat(waits).containsExactly(Duration.ofSeconds(3));
        sent();
        assertThat(sent()).endsWith("page=2");
        assertThat(sent()).endsWith("page=2");
    }

    @Test
    void list_serverThatNeverStops_isLeft() {
        String page = "[" + (TUNNEL_JSON + ",").repeat(4999) + TUNNEL_JSON + "]";
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return response(
                        200,
                        "{'success':true,'result':" + page + ",'result_info':{'per_page':1,'total_count':2000000000}}");
            }
        });

        TunnelException left = failure(admin.list(TunnelFilter.existing()));

        assertThat(left.code()).isEqualTo(TunnelErrorCode.API);
        assertThat(left).hasMessageEndingWith("more than 50000 elements");
    }

    @Test
    void find_byName_takesTheExactOne() throws Exception {
        result("[" + TUNNEL_JSON.replace("'shop'", "'shopping'") + "," + TUNNEL_JSON + "]");
        result("[]");

        assertThat(value(admin.find("shop")).orElseThrow().name()).isEqualTo("shop");
        assertThat(sent()).isEqualTo("GET " + ACCOUNT_PATH + "/cfd_tunnel?is_deleted=false&name=shop&page=1");
        assertThat(value(admin.find("none"))).isEmpty();
    }

    @Test
    void tunnel_known_isRead() throws Exception {
        result(TUNNEL_JSON.replace("'2026-08-01T10:00:00.5Z'", "'0001-01-01T00:00:00Z'"));

        TunnelInfo tunnel = value(admin.tunnel(TUNNEL));

        assertThat(sent()).isEqualTo("GET " + TUNNEL_PATH);
        assertThat(tunnel.id()).isEqualTo(TUNNEL);
        assertThat(tunnel.createdAt()).isNull();
    }

    @Test
    void connectors_ofATunnel_areRead() throws Exception {
        result("[{'id':'" + OTHER
                + "','features':['a','b'],'version':'1','arch':'linux_amd64','run_at':'2026-08-01T00:00:00Z',"
                + "'conns':[{'colo_name':'x','id':'" + TUNNEL + "','is_pending_reconnect':false}]}]");

        ConnectorDetails connector = value(admin.connectors(TUNNEL)).get(0);

        assertThat(sent()).isEqualTo("GET " + TUNNEL_PATH + "/connections?page=1");
        assertThat(connector.id()).isEqualTo(OTHER);
        assertThat(connector.features()).containsExactly("a", "b");
        assertThat(connector.runAt()).isEqualTo(Instant.parse("2026-08-01T00:00:00Z"));
        assertThat(connector.connections().get(0).connectorId()).isEqualTo(OTHER);
    }

    @Test
    void credentials_ofATunnel_comeFromItsToken() throws Exception {
        TunnelCredentials credentials = TunnelCredentials.generate("acc");
        result("'" + credentials.toToken() + "'");

        assertThat(value(admin.credentials(TUNNEL))).isEqualTo(credentials);
        assertThat(sent()).isEqualTo("GET " + TUNNEL_PATH + "/token");
    }

    @Test
    void cleanUpAndDelete_send() throws Exception {
        for (int i = 0; i < 4; i++) {
            result("null");
        }

        value(admin.cleanUp(TUNNEL, null));
        value(admin.cleanUp(TUNNEL, OTHER));
        value(admin.delete(TUNNEL));
        value(admin.deleteCascading(TUNNEL));

        assertThat(sent()).isEqualTo("DELETE " + TUNNEL_PATH + "/connections");
        assertThat(sent()).isEqualTo("DELETE " + TUNNEL_PATH + "/connections?client_id=" + OTHER);
        assertThat(sent()).isEqualTo("DELETE " + TUNNEL_PATH);
        assertThat(sent()).isEqualTo("DELETE " + TUNNEL_PATH + "?cascade=true");
    }

    @Test
    void routeDns_saysWhatChanged() throws Exception {
        result("{'cname':'new','name':'a.example.com'}");
        result("{'cname':'updated','name':'a.example.com'}");

        assertThat(value(admin.routeDns(TUNNEL, "a.example.com"))).isEqualTo(RouteChange.CREATED);
        assertThat(value(admin.overwriteDns(TUNNEL, "a.example.com"))).isEqualTo(RouteChange.UPDATED);

        String line = "PUT /client/v4/zones/zone/tunnels/" + TUNNEL + "/routes ";
        assertThat(sent())
                .isEqualTo(line + json("{'type':'dns','user_hostname':'a.example.com','overwrite_existing':false}"));
        assertThat(sent())
                .isEqualTo(line + json("{'type':'dns','user_hostname':'a.example.com','overwrite_existing':true}"));
    }

    @Test
    void routeLoadBalancer_saysWhatChanged() throws Exception {
        result("{'load_balancer':'unchanged','pool':'new'}");

        LoadBalancerRoute route = value(admin.routeLoadBalancer(TUNNEL, "lb.example.com", "pool"));

        assertThat(route.loadBalancer()).isEqualTo(RouteChange.UNCHANGED);
        assertThat(route.pool()).isEqualTo(RouteChange.CREATED);
        assertThat(sent()).endsWith(json("/routes {'type':'lb','lb_name':'lb.example.com','lb_pool':'pool'}"));
    }

    @Test
    void route_certificateWithoutZone_isRefusedHere() {
        TunnelAdmin zoneless =
                TunnelAdmin.builder(OriginCertificate.of("", "acc", "t", null)).build();

        assertThatThrownBy(() -> zoneless.routeDns(TUNNEL, "a")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void configuration_getAndPut() throws Exception {
        result("{'tunnel_id':'" + TUNNEL + "','version':3,'config':{'ingress':[{'service':'http_status:404'}]}}");
        result("{'tunnel_id':'" + TUNNEL + "','version':4,'config':{}}");
        result("{'tunnel_id':'" + TUNNEL + "','version':0,'config':null}");

        TunnelConfiguration configuration = value(admin.configuration(TUNNEL));
        assertThat(configuration.version()).isEqualTo(3);
        assertThat(configuration.json()).isEqualTo(json("{'ingress':[{'service':'http_status:404'}]}"));
        assertThat(value(admin.configure(TUNNEL, json("{'ingress':[]}"))).version())
                .isEqualTo(4);
        assertThat(value(admin.configuration(TUNNEL)).json()).isEqualTo("{}");

        assertThat(sent()).isEqualTo("GET " + TUNNEL_PATH + "/configurations");
        assertThat(sent()).isEqualTo("PUT " + TUNNEL_PATH + json("/configurations {'config':{'ingress':[]}}"));
        assertThatThrownBy(() -> admin.configure(TUNNEL, "[1]")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> admin.configure(TUNNEL, "{")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void networkRoutes_addShowFindDelete() throws Exception {
        String route = "{'id':'" + OTHER + "','network':'10.0.0.0/8','tunnel_id':'" + TUNNEL
                + "','tunnel_name':'shop','comment':'c','virtual_network_id':'" + OTHER + "'}";
        result(route);
        result("[" + route + "]");
        result(route);
        result("null");
        result("null");

        NetworkRoute added = value(admin.addNetworkRoute("10.0.0.0/8", TUNNEL, "c", OTHER));
        assertThat(added.network()).isEqualTo("10.0.0.0/8");
        assertThat(added.tunnelName()).isEqualTo("shop");
        NetworkRouteFilter filter = NetworkRouteFilter.existing()
                .tunnel(TUNNEL)
                .virtualNetwork(OTHER)
                .comment("c")
                .within("10.0.0.0/7")
                .containing("10.1.0.0/16")
                .existedAt(Instant.EPOCH);
        assertThat(value(admin.networkRoutes(filter))).hasSize(1);
        InetAddress address = InetAddress.getByName("10.1.2.3");
        assertThat(value(admin.networkRouteTo(address, OTHER)).orElseThrow().tunnelId())
                .isEqualTo(TUNNEL);
        assertThat(value(admin.networkRouteTo(address, null))).isEmpty();
        value(admin.deleteNetworkRoute(OTHER));

        String routes = ACCOUNT_PATH + "/teamnet/routes";
        assertThat(sent())
                .isEqualTo("POST " + routes
                        + json(" {'network':'10.0.0.0/8','tunnel_id':'" + TUNNEL
                                + "','comment':'c','virtual_network_id':'" + OTHER + "'}"));
        assertThat(sent())
                .isEqualTo("GET " + routes + "?is_deleted=false&tun_types=cfd_tunnel&comment=c&tunnel_id=" + TUNNEL
                        + "&network_subset=10.0.0.0%2F7&network_superset=10.1.0.0%2F16&virtual_network_id=" + OTHER
                        + "&existed_at=1970-01-01T00%3A00%3A00Z&page=1");
        assertThat(sent()).isEqualTo("GET " + routes + "/ip/10.1.2.3?virtual_network_id=" + OTHER);
        assertThat(sent()).isEqualTo("GET " + routes + "/ip/10.1.2.3");
        assertThat(sent()).isEqualTo("DELETE " + routes + "/" + OTHER);
    }

    @Test
    void virtualNetworks_addListChangeDelete() throws Exception {
        String network = "{'id':'" + OTHER + "','name':'n','comment':'c','is_default_network':true}";
        result(network);
        result("[" + network + "]");
        result(network);
        result(network);
        result("null");
        result("null");

        assertThat(value(admin.addVirtualNetwork("n", "c")).isDefault()).isTrue();
        assertThat(value(admin.virtualNetworks())).hasSize(1);
        value(admin.renameVirtualNetwork(OTHER, "m", ""));
        value(admin.makeDefaultVirtualNetwork(OTHER));
        value(admin.deleteVirtualNetwork(OTHER));
        value(admin.deleteVirtualNetworkCascading(OTHER));

        String networks = ACCOUNT_PATH + "/teamnet/virtual_networks";
        assertThat(sent())
                .isEqualTo("POST " + networks + json(" {'name':'n','comment':'c','is_default_network':false}"));
        assertThat(sent()).isEqualTo("GET " + networks + "?is_deleted=false&page=1");
        assertThat(sent()).isEqualTo("PATCH " + networks + "/" + OTHER + json(" {'name':'m','comment':''}"));
        assertThat(sent()).isEqualTo("PATCH " + networks + "/" + OTHER + json(" {'is_default_network':true}"));
        assertThat(sent()).isEqualTo("DELETE " + networks + "/" + OTHER);
        assertThat(sent()).isEqualTo("DELETE " + networks + "/" + OTHER + "?force=true");
    }

    @ParameterizedTest
    @CsvSource({"409, 1013, API", "401, 10000, UNAUTHORIZED", "403, 9109, UNAUTHORIZED", "404, 1003, API", "200, 7, API"
    })
    void error_ofTheApi_isTyped(int status, int apiCode, TunnelErrorCode code) {
        server.enqueue(response(
                status,
                "{'success':false,'errors':[{'code':" + apiCode + ",'message':'no\\nway'},{'code':2}],'result':null}"));

        TunnelApiException error = (TunnelApiException) failure(admin.create("shop"));

        assertThat(error.code()).isEqualTo(code);
        assertThat(error.status()).isEqualTo(status);
        assertThat(error.apiCode()).isEqualTo(apiCode);
        assertThat(error.apiText()).isEqualTo("no way");
        assertThat(error)
                .hasMessage("POST /accounts/acc/cfd_tunnel: status " + status + ", API error " + apiCode + ": no way");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "<html>",
                "{",
                "[]",
                "null",
                "{} {}",
                "{'success':'true'}",
                "{'success':true}",
                "{'success':true,'result':[]}",
                "{'success':true,'result':{'id':7}}",
                "{'success':true,'result':{'id':'no uuid'}}",
                "{'success':true,'result':{'id':null}}"
            })
    void answer_unreadable_isATypedError(String body) {
        server.enqueue(response(200, body));

        TunnelException error = failure(admin.create("shop"));

        assertThat(error.code()).isEqualTo(TunnelErrorCode.API);
        assertThat(error.isRetryable()).isFalse();
    }

    @Test
    void answer_nestedTooDeeply_isATypedError() {
        server.enqueue(response(200, "{'success':true,'result':" + "[".repeat(100_000) + "}"));

        assertThat(failure(admin.create("shop")).code()).isEqualTo(TunnelErrorCode.API);
    }

    @Test
    void error_withoutEnvelope_hasTheStatus() {
        server.enqueue(new MockResponse().setResponseCode(502).setBody("<html>bad gateway"));

        TunnelApiException error = (TunnelApiException) failure(admin.delete(TUNNEL));

        assertThat(error.status()).isEqualTo(502);
        assertThat(error.apiCode()).isZero();
        assertThat(error).hasMessage("DELETE /accounts/acc/cfd_tunnel/" + TUNNEL + ": status 502");
    }

    @Test
    void rateLimit_withoutTime_backsOff() throws Exception {
        for (int i = 0; i < 3; i++) {
            server.enqueue(new MockResponse().setResponseCode(429));
        }
        result("null");

        value(admin.delete(TUNNEL));

        assertThat(waits).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(4));
        assertThat(server.getRequestCount()).isEqualTo(4);
    }

    @Test
    void rateLimit_withADate_waitsUntilThen() throws Exception {
        server.enqueue(
                new MockResponse().setResponseCode(429).setHeader("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"));
        result("null");

        value(admin.delete(TUNNEL));

        assertThat(waits).containsExactly(Duration.ZERO);
    }

    @Test
    void rateLimit_tooOften_isATypedError() {
        for (int i = 0; i < 6; i++) {
            server.enqueue(response(429, "{'success':false,'errors':[{'code':971,'message':'slow down'}]}")
                    .setHeader("Retry-After", "1"));
        }

        TunnelApiException error = (TunnelApiException) failure(admin.delete(TUNNEL));

        assertThat(error.code()).isEqualTo(TunnelErrorCode.RATE_LIMITED);
        assertThat(error.isRetryable()).isTrue();
        assertThat(error.retryAfter()).isEqualTo(Duration.ofSeconds(1));
        assertThat(error.apiCode()).isEqualTo(971);
        assertThat(server.getRequestCount()).isEqualTo(6);
    }

    @Test
    void rateLimit_longerThanThePatience_isNotWaitedFor() {
        server.enqueue(new MockResponse().setResponseCode(429).setHeader("Retry-After", "2147483647"));

        assertThat(failure(admin.delete(TUNNEL)).code()).isEqualTo(TunnelErrorCode.RATE_LIMITED);
        assertThat(waits).isEmpty();
    }

    @Test
    void redirect_elsewhere_isNotFollowedWithTheToken() {
        server.enqueue(new MockResponse().setResponseCode(302).setHeader("Location", server.url("/elsewhere")));

        TunnelApiException error = (TunnelApiException) failure(admin.delete(TUNNEL));

        assertThat(error.status()).isEqualTo(302);
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @Test
    void answer_tooLong_isCut() {
        TunnelAdmin modest = builder().maxAnswerBytes(1000).build();
        server.enqueue(new MockResponse().setBody("x".repeat(100_000)));

        TunnelException error = failure(modest.delete(TUNNEL));

        assertThat(error.code()).isEqualTo(TunnelErrorCode.API);
        assertThat(error).hasMessageEndingWith("body of more than 1000 bytes");
    }

    @Test
    void answer_tooSlow_timesOut() {
        TunnelAdmin hasty = builder().timeout(Duration.ofMillis(300)).build();
        server.enqueue(new MockResponse().setBody("x".repeat(1000)).throttleBody(1, 1, TimeUnit.SECONDS));
        server.enqueue(new MockResponse().setSocketPolicy(SocketPolicy.NO_RESPONSE));

        assertThat(failure(hasty.delete(TUNNEL)).code()).isEqualTo(TunnelErrorCode.TIMEOUT);
        TunnelException silent = failure(hasty.delete(TUNNEL));
        assertThat(silent.code()).isEqualTo(TunnelErrorCode.TIMEOUT);
        assertThat(silent).hasMessageEndingWith("no complete answer within 300 ms");
    }

    @Test
    void connection_refusedOrBroken_isUnreachable() throws Exception {
        server.enqueue(new MockResponse().setSocketPolicy(SocketPolicy.DISCONNECT_AFTER_REQUEST));
        assertThat(failure(admin.create("shop")).code()).isEqualTo(TunnelErrorCode.API_UNREACHABLE);

        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        TunnelAdmin nowhere =
                builder().apiUrl(URI.create("http://127.0.0.1:" + free)).build();
        TunnelException refused = failure(nowhere.create("shop"));
        assertThat(refused.code()).isEqualTo(TunnelErrorCode.API_UNREACHABLE);
        assertThat(refused.isRetryable()).isTrue();
        assertThat(refused).hasMessage("127.0.0.1:" + free + ": nothing accepts connections there");
    }

    @Test
    void tls_ownAuthority_isTrustedOnlyWhenAdded() throws Exception {
        X509Bundle authority = new CertificateBuilder()
                .subject("CN=Test CA")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        X509Bundle leaf = new CertificateBuilder()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .buildIssuedBy(authority);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(leaf.toKeyManagerFactory().getKeyManagers(), null, null);
        try (MockWebServer secure = new MockWebServer()) {
            secure.useHttps(tls.getSocketFactory(), false);
            secure.enqueue(response(200, "{'success':true,'result':null}"));
            URI url = URI.create("https://localhost:" + secure.getPort());

            TunnelException refused = failure(builder().apiUrl(url).build().delete(TUNNEL));
            assertThat(refused.code()).isEqualTo(TunnelErrorCode.EDGE_UNTRUSTED);

            value(builder()
                    .apiUrl(url)
                    .caPool(authority.getCertificate())
                    .build()
                    .delete(TUNNEL));
        }
    }

    @Test
    void secrets_inMessagesAndTexts_areNowhere() {
        server.enqueue(response(403, "{'success':false,'errors':[{'code':1,'message':'x'}]}"));

        TunnelException error = failure(admin.credentials(TUNNEL));

        assertThat(error.toString()).doesNotContain("s3cret");
        assertThat(admin.toString() + builder()).doesNotContain("s3cret");
        assertThat(CERTIFICATE.toString()).contains("acc").doesNotContain("s3cret");
    }

    private void result(String result) {
        server.enqueue(response(200, "{'success':true,'errors':[],'messages':[],'result':" + result + "}"));
    }

    private void page(int perPage, int total, String... elements) {
        server.enqueue(response(
                200,
                "{'success':true,'result':[" + String.join(",", elements) + "],'result_info':{'count':"
                        + elements.length + ",'page':1,'per_page':" + perPage + ",'total_count':" + total + "}}"));
    }

    private static MockResponse response(int status, String body) {
        return new MockResponse().setResponseCode(status).setBody(json(body));
    }

    /** JSON is easier to read in Java with single quotes. */
    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private String sent() throws InterruptedException {
        RecordedRequest request = server.takeRequest(5, TimeUnit.SECONDS);
        String body = request.getBody().readUtf8();
        return request.getMethod() + " " + request.getPath() + (body.isEmpty() ? "" : " " + body);
    }

    static <T> T value(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    static TunnelException failure(CompletionStage<?> stage) {
        try {
            Object value =
                    stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
            throw new AssertionError("succeeded with " + value);
        } catch (CompletionException e) {
            if (e.getCause() instanceof TunnelException failure) {
                return failure;
            }
            throw e;
        }
    }
}
