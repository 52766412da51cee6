package io.tunnel4j.access.relay;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.ServiceToken;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.MuxConnection;
import java.util.Base64;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gets one stream to an application: the credentials, an upgrade with them, and once more after a login if the edge wants one.
 *
 * <p>A service token excludes any login. A cached token goes with the first upgrade, which makes one request of the reference's three. Confined to
 * its event loop.
 */
final class ConnectAttempt {
    private final StreamOpener opener;
    private final EventLoop loop;
    private final AccessTarget target;
    private final UpgradeRequest request;
    private final Promise<WebSocketStream> result;
    private boolean serviceTokenSent;
    private boolean loginDone;
    private @Nullable AccessToken sent;

    ConnectAttempt(StreamOpener opener, EventLoop loop, AccessTarget target) {
        this.opener = opener;
        this.loop = loop;
        this.target = target;
        this.request = new UpgradeRequest(target, opener.config().userAgent);
        this.result = loop.newPromise();
    }

    Future<WebSocketStream> start() {
        Supplier<ServiceToken> service =
                target.serviceToken() != null ? target.serviceToken() : opener.config().serviceToken;
        if (service != null) {
            opener.blocking(loop, service::get, this::withServiceToken, this::fail);
        } else if (opener.config().tokens == null || request.hasOwnToken()) {
            upgrade();
        } else {
            opener.config()
                    .tokens
                    .cached(target.uri())
                    .whenComplete((token, failure) -> loop.execute(() -> withCached(token, failure)));
        }
        return result;
    }

    private void withServiceToken(ServiceToken token) {
        serviceTokenSent = true;
        request.serviceToken(token);
        upgrade();
    }

    private void withCached(@Nullable AccessToken token, @Nullable Throwable failure) {
        if (failure != null) {
            fail(unwrapped(failure));
            return;
        }
        sent = token;
        request.accessToken(token == null ? null : token.compact());
        upgrade();
    }

    private void upgrade() {
        if (result.isDone()) {
            return;
        }
        MuxConnection shared = opener.shared(loop, target);
        if (shared == null) {
            upgradeAlone();
            return;
        }
        Http2Carrier.open(shared, request.http2(), opener.config().answerTimeout.toNanos())
                .addListener((Future<UpgradeAnswer> a) -> {
                    if (a.isSuccess()) {
                        answered(a.getNow());
                    } else if (a.cause() instanceof ConnectionException) {
                        upgradeAlone();
                    } else {
                        fail(a.cause());
                    }
                });
    }

    private void upgradeAlone() {
        opener.dial(loop, target).addListener((Future<Channel> f) -> {
            if (!f.isSuccess()) {
                fail(f.cause());
                return;
            }
            String key = Base64.getEncoder().encodeToString(opener.randomBytes(16));
            Http1Upgrade.send(
                            f.getNow(),
                            request.http1(key),
                            key,
                            opener.config().answerTimeout.toNanos())
                    .addListener((Future<UpgradeAnswer> a) -> {
                        if (a.isSuccess()) {
                            answered(a.getNow());
                        } else {
                            fail(a.cause());
                        }
                    });
        });
    }

    private void answered(UpgradeAnswer answer) {
        if (answer.carrier() != null) {
            WebSocketStream stream = opener.stream(answer.carrier(), target);
            if (!result.trySuccess(stream)) {
                stream.abort();
            }
            return;
        }
        boolean wantsLogin = answer.wantsLogin(target.uri());
        if (serviceTokenSent && (wantsLogin || answer.isRefused())) {
            fail(new TunnelException(
                    TunnelErrorCode.SERVICE_TOKEN_REFUSED,
                    target.authority() + ": the edge refuses the service token (answer " + answer.status() + ")"));
        } else if (!loginDone && (wantsLogin || (sent != null && answer.isRefused()))) {
            logIn();
        } else if (wantsLogin) {
            fail(new TunnelException(
                    TunnelErrorCode.NOT_AUTHORIZED, target.authority() + ": the edge refuses a fresh token"));
        } else {
            fail(EdgeFailure.of(target.authority(), answer));
        }
    }

    private void logIn() {
        loginDone = true;
        if (opener.config().tokens == null) {
            fail(
                    new TunnelException(
                            TunnelErrorCode.NOT_AUTHORIZED,
                            target.authority()
                                    + ": the application wants a login (expected: a login prompt, a token store or a service token)"));
            return;
        }
        opener.config()
                .tokens
                .obtain(target, sent)
                .whenComplete((token, failure) -> loop.execute(() -> {
                    if (failure != null) {
                        fail(unwrapped(failure));
                    } else {
                        sent = token;
                        request.accessToken(token.compact());
                        upgrade();
                    }
                }));
    }

    private void fail(Throwable cause) {
        result.tryFailure(EdgeFailure.of(target.authority(), cause));
    }

    private static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
