package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.state.Tunnel;
import io.tunnel4j.edge.state.Zone;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Hostnames and the tunnels behind them: as the stock command line sets them, as DNS records that existing tooling lists, and in full with
 * weights. Thread-safe.
 */
final class HostnameCalls {
    /** What a tunnel's DNS record points to in the hosted network; here only the form in which a route is shown. */
    private static final String TARGET_DOMAIN = ".cfargotunnel.com";

    private HostnameCalls() {}

    static void addTo(ApiRoutes routes) {
        routes.add("GET /zones", Scope.ROUTES_READ, HostnameCalls::zones);
        routes.add("GET /zones/{zone}", Scope.ROUTES_READ, call -> ApiResult.now(json(zone(call))));
        routes.add("PUT /zones/{zone}/tunnels/{tunnel}/routes", Scope.ROUTES_EDIT, HostnameCalls::route);
        routes.add("GET /zones/{zone}/dns_records", Scope.ROUTES_READ, HostnameCalls::records);
        routes.add("DELETE /zones/{zone}/dns_records/{record}", Scope.ROUTES_EDIT, HostnameCalls::deleteRecord);
        String own = " /accounts/{account}/hostname_routes";
        routes.add("GET" + own, Scope.ROUTES_READ, HostnameCalls::list);
        routes.add("GET" + own + "/{hostname}", Scope.ROUTES_READ, HostnameCalls::get);
        routes.add("PUT" + own + "/{hostname}", Scope.ROUTES_EDIT, HostnameCalls::put);
        routes.add("DELETE" + own + "/{hostname}", Scope.ROUTES_EDIT, HostnameCalls::delete);
    }

    private static CompletionStage<ApiResult> zones(ApiCall call) {
        String name = call.query().text("name");
        List<Zone> zones = call.state().zones().stream()
                .filter(zone -> call.caller().mayUse(zone.accountTag()))
                .filter(zone -> name == null || zone.name().equals(name))
                .sorted(Comparator.comparing(Zone::name))
                .toList();
        return ApiResult.page(call.query(), zones, HostnameCalls::json);
    }

    static Zone zone(ApiCall call) {
        String id = call.parameter("zone");
        return call.state()
                .zone(id)
                .filter(zone -> call.caller().mayUse(zone.accountTag()))
                .orElseThrow(() -> ApiError.notFound("zone " + ApiCall.shortened(id)));
    }

    private static JsonObject json(Zone zone) {
        JsonObject account = new JsonObject();
        account.addProperty("id", zone.accountTag());
        JsonObject json = new JsonObject();
        json.addProperty("id", zone.id());
        json.addProperty("name", zone.name());
        json.addProperty("status", "active");
        json.add("account", account);
        return json;
    }

    private static CompletionStage<ApiResult> route(ApiCall call) {
        Zone zone = zone(call);
        BodyFields body = call.body();
        String type = body.text("type");
        return switch (type) {
            case "dns" -> routeDns(call, zone, inZone(zone, "user_hostname", body.text("user_hostname")), body);
            case "lb" -> routePool(call, zone, inZone(zone, "lb_name", body.text("lb_name")), body.text("lb_pool"));
            default -> throw BodyFields.wrong("type", "dns or lb");
        };
    }

    private static String inZone(Zone zone, String field, String text) {
        String name = Hostname.normalised(text);
        if (name == null) {
            throw BodyFields.wrong(field, "a hostname, e.g. app." + zone.name());
        }
        // The hosted API appends the zone to whatever it is given and so makes a.other.b from a.other; a bare label is
        // the one clear case.
        String full = name.contains(".") || name.equals(zone.name()) ? name : name + "." + zone.name();
        if (!zone.contains(full)) {
            throw BodyFields.wrong(field, "a name in the zone " + zone.name() + ", e.g. app." + zone.name());
        }
        return full;
    }

    private static CompletionStage<ApiResult> routeDns(ApiCall call, Zone zone, String hostname, BodyFields body) {
        boolean isOverwriting = body.flag("overwrite_existing", false);
        return call.change("route.dns", draft -> {
            Tunnel tunnel = tunnelOf(zone, call, draft.state());
            Optional<HostnameRoute> before = draft.state().routeNamed(hostname);
            boolean isSame = before.map(route ->
                            route.leadsTo(tunnel.id()) && route.targets().size() == 1)
                    .orElse(false);
            if (before.isPresent() && !isSame && !isOverwriting) {
                throw new ApiError(
                        400,
                        1003,
                        "Failed to create record " + hostname + ": An A, AAAA, or CNAME record with that host already"
                                + " exists (expected: a free name, or overwrite_existing)");
            }
            if (!isSame) {
                draft.put(new HostnameRoute(
                        hostname,
                        List.of(new Target(tunnel.id(), 1)),
                        before.map(HostnameRoute::createdAt).orElse(draft.now())));
            }
            draft.subject(hostname + " to " + tunnel.id());
            JsonObject result = new JsonObject();
            result.addProperty("cname", before.isEmpty() ? "new" : isSame ? "unchanged" : "updated");
            result.addProperty("name", hostname);
            result.addProperty("dns_tag", recordId(hostname));
            return ApiResult.of(result);
        });
    }

    /** A load balancer is a name with several tunnels: the tunnel joins those that are there, with equal weight. The pool has no name of its own. */
    private static CompletionStage<ApiResult> routePool(ApiCall call, Zone zone, String hostname, String pool) {
        return call.change("route.lb", draft -> {
            Tunnel tunnel = tunnelOf(zone, call, draft.state());
            Optional<HostnameRoute> before = draft.state().routeNamed(hostname);
            boolean isMember = before.map(route -> route.leadsTo(tunnel.id())).orElse(false);
            if (!isMember) {
                List<Target> targets =
                        new ArrayList<>(before.map(HostnameRoute::targets).orElse(List.of()));
                targets.add(new Target(tunnel.id(), 1));
                draft.put(checked(
                        hostname, targets, before.map(HostnameRoute::createdAt).orElse(draft.now())));
            }
            draft.subject(hostname + " pool " + pool + " with " + tunnel.id());
            String change = isMember ? "unchanged" : before.isPresent() ? "updated" : "new";
            JsonObject result = new JsonObject();
            result.addProperty("load_balancer", change);
            result.addProperty("pool", change);
            return ApiResult.of(result);
        });
    }

    private static HostnameRoute checked(String hostname, List<Target> targets, Instant createdAt) {
        try {
            return new HostnameRoute(hostname, targets, createdAt);
        } catch (IllegalArgumentException e) {
            throw ApiError.invalid(String.valueOf(e.getMessage()));
        }
    }

    private static Tunnel tunnelOf(Zone zone, ApiCall call, EdgeSnapshot state) {
        UUID id = call.uuid("tunnel");
        return state.tunnel(id)
                .filter(tunnel -> tunnel.accountTag().equals(zone.accountTag()))
                .orElseThrow(() -> ApiError.notFound("tunnel " + id));
    }

    private static CompletionStage<ApiResult> records(ApiCall call) {
        Zone zone = zone(call);
        String name = call.query().text("name");
        List<HostnameRoute> routes = call.state().routes().stream()
                .filter(route -> zone.contains(route.hostname()))
                .filter(route -> name == null || route.hostname().equals(name))
                .sorted(Comparator.comparing(HostnameRoute::hostname))
                .toList();
        return ApiResult.page(call.query(), routes, route -> {
            JsonObject json = new JsonObject();
            json.addProperty("id", recordId(route.hostname()));
            json.addProperty("zone_id", zone.id());
            json.addProperty("zone_name", zone.name());
            json.addProperty("name", route.hostname());
            json.addProperty("type", "CNAME");
            json.addProperty("content", route.targets().get(0).tunnelId() + TARGET_DOMAIN);
            json.addProperty("proxied", true);
            json.addProperty("ttl", 1);
            json.addProperty("created_on", route.createdAt().toString());
            return json;
        });
    }

    private static CompletionStage<ApiResult> deleteRecord(ApiCall call) {
        Zone zone = zone(call);
        String id = call.parameter("record");
        return call.change("route.delete", draft -> {
            HostnameRoute route = draft.state().routes().stream()
                    .filter(candidate -> zone.contains(candidate.hostname()))
                    .filter(candidate -> recordId(candidate.hostname()).equals(id))
                    .findFirst()
                    .orElseThrow(() -> ApiError.notFound("record " + ApiCall.shortened(id)));
            remove(draft, route);
            JsonObject result = new JsonObject();
            result.addProperty("id", id);
            return ApiResult.of(result);
        });
    }

    static String recordId(String hostname) {
        return PathIds.derived("hostname", hostname);
    }

    private static void remove(EdgeDraft draft, HostnameRoute route) {
        draft.delete(Kind.HOSTNAME_ROUTE, route.hostname());
        draft.subject(route.hostname());
    }

    private static CompletionStage<ApiResult> list(ApiCall call) {
        UUID tunnel = call.query().uuid("tunnel_id");
        List<HostnameRoute> routes = call.state().routes().stream()
                .filter(route -> isOf(call.account(), route, call.state()))
                .filter(route -> tunnel == null || route.leadsTo(tunnel))
                .sorted(Comparator.comparing(HostnameRoute::hostname))
                .toList();
        return ApiResult.page(call.query(), routes, HostnameCalls::json);
    }

    private static boolean isOf(String account, HostnameRoute route, EdgeSnapshot state) {
        return route.targets().stream()
                .anyMatch(target -> state.tunnel(target.tunnelId())
                        .filter(tunnel -> tunnel.accountTag().equals(account))
                        .isPresent());
    }

    private static String hostname(ApiCall call) {
        String name = Hostname.normalised(call.parameter("hostname"));
        if (name == null) {
            throw BodyFields.wrong("hostname", "a hostname, possibly with *. in front");
        }
        return name;
    }

    private static HostnameRoute find(ApiCall call, EdgeSnapshot state) {
        String name = hostname(call);
        return state.routeNamed(name)
                .filter(route -> isOf(call.account(), route, state))
                .orElseThrow(() -> ApiError.notFound("hostname route " + name));
    }

    private static CompletionStage<ApiResult> get(ApiCall call) {
        return ApiResult.now(json(find(call, call.state())));
    }

    private static CompletionStage<ApiResult> put(ApiCall call) {
        String hostname = hostname(call);
        JsonElement list = call.body().json().get("targets");
        return call.change("route.put", draft -> {
            EdgeSnapshot state = draft.state();
            Optional<HostnameRoute> before = state.routeNamed(hostname);
            if (before.isPresent() && !isOf(call.account(), before.get(), state)) {
                throw new ApiError(409, 1003, "hostname " + hostname + " belongs to another account");
            }
            if (state.zones().stream()
                    .noneMatch(zone -> zone.accountTag().equals(call.account()) && zone.contains(hostname))) {
                throw BodyFields.wrong("hostname", "a name in one of the account's zones");
            }
            HostnameRoute route = checked(
                    hostname,
                    targets(call.account(), list, state),
                    before.map(HostnameRoute::createdAt).orElse(draft.now()));
            draft.put(route);
            draft.subject(hostname);
            return ApiResult.of(json(route));
        });
    }

    private static List<Target> targets(String account, @Nullable JsonElement list, EdgeSnapshot state) {
        if (list == null || !list.isJsonArray()) {
            throw BodyFields.wrong("targets", "a list of {tunnel_id, weight}");
        }
        List<Target> targets = new ArrayList<>();
        for (JsonElement item : list.getAsJsonArray()) {
            if (!item.isJsonObject()) {
                throw BodyFields.wrong("targets", "a list of {tunnel_id, weight}");
            }
            BodyFields fields = new BodyFields(item.getAsJsonObject());
            UUID id = fields.uuid("tunnel_id");
            if (state.tunnel(id)
                    .filter(tunnel -> tunnel.accountTag().equals(account))
                    .isEmpty()) {
                throw ApiError.notFound("tunnel " + id);
            }
            if (targets.stream().anyMatch(target -> target.tunnelId().equals(id))) {
                throw BodyFields.wrong("targets", "each tunnel once");
            }
            targets.add(new Target(id, fields.number("weight", 1, 0, Target.MAX_WEIGHT)));
        }
        return targets;
    }

    private static CompletionStage<ApiResult> delete(ApiCall call) {
        return call.change("route.delete", draft -> {
            HostnameRoute route = find(call, draft.state());
            remove(draft, route);
            return ApiResult.of(json(route));
        });
    }

    private static JsonObject json(HostnameRoute route) {
        JsonArray targets = new JsonArray();
        for (Target target : route.targets()) {
            JsonObject item = new JsonObject();
            item.addProperty("tunnel_id", target.tunnelId().toString());
            item.addProperty("weight", target.weight());
            targets.add(item);
        }
        JsonObject json = new JsonObject();
        json.addProperty("id", recordId(route.hostname()));
        json.addProperty("hostname", route.hostname());
        json.add("targets", targets);
        json.addProperty("created_at", route.createdAt().toString());
        return json;
    }
}
