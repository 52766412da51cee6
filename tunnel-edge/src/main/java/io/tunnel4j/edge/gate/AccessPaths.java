package io.tunnel4j.edge.gate;

/** Paths under which the edge itself answers. */
final class AccessPaths {
    static final String PREFIX = "/cdn-cgi/access/";
    static final String LOGIN = "/cdn-cgi/access/login";
    static final String AUTHORIZED = "/cdn-cgi/access/authorized";
    static final String CERTS = "/cdn-cgi/access/certs";
    static final String CLI = "/cdn-cgi/access/cli";
    static final String IDENTITY = "/cdn-cgi/access/get-identity";
    static final String LOGOUT = "/cdn-cgi/access/logout";
    static final String CERT_SIGN = "/cdn-cgi/access/cert_sign";
    static final String TRANSFER = "/transfer/";

    private AccessPaths() {}
}
