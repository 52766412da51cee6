package io.tunnel4j.edge.exchange;

import static java.util.Objects.requireNonNull;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A public request as the edge sees it, before anything is forwarded. Immutable by agreement: nobody changes {@code headers} or {@code body}.
 *
 * @param id request id, also the value of {@code Cf-Ray}
 * @param method e.g. {@code GET}; {@code GET} for a WebSocket upgrade over HTTP/2 as well
 * @param scheme {@code https} or {@code http}
 * @param host lower case, without port and trailing dot
 * @param port the port in the request's authority, or the scheme's default
 * @param target path and query as they stand on the wire; begins with a slash
 * @param headers fields as the client sent them, without pseudo fields
 * @param isUpgrade whether a WebSocket is asked for
 * @param client address of the client, after PROXY protocol and trusted proxies
 * @param clientCertificates verified chain the client showed, leaf first; possibly empty
 * @param body the whole body where it was asked for, else empty
 */
public record EdgeRequest(
        String id,
        String method,
        String scheme,
        String host,
        int port,
        String target,
        HttpHeaders headers,
        boolean isUpgrade,
        InetSocketAddress client,
        List<X509Certificate> clientCertificates,
        byte[] body) {
    /** Checks that nothing is missing. */
    public EdgeRequest {
        requireNonNull(id, "id");
        requireNonNull(method, "method");
        requireNonNull(scheme, "scheme");
        requireNonNull(host, "host");
        requireNonNull(target, "target");
        requireNonNull(headers, "headers");
        requireNonNull(client, "client");
        requireNonNull(clientCertificates, "clientCertificates");
        requireNonNull(body, "body");
    }

    /**
     * Returns the path.
     *
     * @return the target without its query, as on the wire
     */
    public String path() {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /**
     * Returns the query.
     *
     * @return what follows the question mark, as on the wire; empty if there is none
     */
    public String query() {
        int query = target.indexOf('?');
        return query < 0 ? "" : target.substring(query + 1);
    }

    /**
     * Adds the body.
     *
     * @param bytes the whole body
     * @return a changed copy
     */
    public EdgeRequest withBody(byte[] bytes) {
        return new EdgeRequest(
                id, method, scheme, host, port, target, headers, isUpgrade, client, clientCertificates, bytes);
    }

    /** Names method, host and path; the query and the fields may hold secrets. */
    @Override
    public String toString() {
        return "EdgeRequest[" + id + " " + method + " " + host + path() + "]";
    }
}
