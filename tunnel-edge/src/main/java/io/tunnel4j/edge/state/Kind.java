package io.tunnel4j.edge.state;

/** Names of the document kinds, besides those of the gate, which names its own. */
public final class Kind {
    /** A tunnel; the secret is the tunnel secret. */
    public static final String TUNNEL = "tunnel";
    /** The newest pushed configuration of a tunnel; the id is the tunnel's. */
    public static final String CONFIGURATION = "configuration";
    /** What a locally configured connector reported; the id is the tunnel's. */
    public static final String LOCAL_CONFIGURATION = "local_configuration";
    /** A hostname and the tunnels behind it; the id is the hostname. */
    public static final String HOSTNAME_ROUTE = "hostname_route";
    /** An account. */
    public static final String ACCOUNT = "account";
    /** A zone: a domain below which an account may route hostnames. */
    public static final String ZONE = "zone";
    /** A bearer token of the management API, hashed. */
    public static final String API_TOKEN = "api_token";
    /** A private network route. */
    public static final String NETWORK_ROUTE = "network_route";
    /** A virtual network. */
    public static final String VIRTUAL_NETWORK = "virtual_network";

    private Kind() {}
}
