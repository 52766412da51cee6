package io.tunnel4j.edge.state;

/** Names of the document kinds. The Access kinds hold the hosted API's JSON, to be read by the gate. */
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
    /** An Access application. */
    public static final String ACCESS_APP = "access_app";
    /** An Access policy: reusable, or of the application named by its member {@code app_id}. */
    public static final String ACCESS_POLICY = "access_policy";
    /** An Access group. */
    public static final String ACCESS_GROUP = "access_group";
    /** An identity provider; the secret is its {@code config.client_secret}. */
    public static final String IDENTITY_PROVIDER = "identity_provider";
    /** An Access service token, with the hash of its secret. */
    public static final String SERVICE_TOKEN = "service_token";
    /** A signing key of the gate; the secret is the private JWK. */
    public static final String SIGNING_KEY = "signing_key";
    /** A revocation of tokens, by the gate. */
    public static final String REVOCATION = "revocation";

    private Kind() {}
}
