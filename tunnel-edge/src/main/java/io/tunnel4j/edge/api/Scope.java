package io.tunnel4j.edge.api;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** What a bearer token may do. */
public enum Scope {
    /** See tunnels, their connections and configurations. */
    TUNNELS_READ("tunnels:read"),
    /** Change tunnels; includes seeing their tokens. */
    TUNNELS_EDIT("tunnels:edit"),
    /** See zones, hostname routes and private networks. */
    ROUTES_READ("routes:read"),
    /** Change hostname routes and private networks. */
    ROUTES_EDIT("routes:edit"),
    /** See the Access model. */
    ACCESS_READ("access:read"),
    /** Change the Access model; includes new service tokens. */
    ACCESS_EDIT("access:edit"),
    /** Read the audit log. */
    AUDIT_READ("audit:read"),
    /** Make and revoke bearer tokens, with any scope. */
    TOKENS_EDIT("tokens:edit");

    private final String wireName;

    Scope(String wireName) {
        this.wireName = wireName;
    }

    /**
     * Returns the name in the API.
     *
     * @return e.g. {@code tunnels:edit}
     */
    public String wireName() {
        return wireName;
    }

    /**
     * Finds scopes by name.
     *
     * @param names names in the API
     * @return the scopes
     * @throws IllegalArgumentException that names the unknown one and lists the known ones
     */
    public static Set<Scope> named(Collection<String> names) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        for (String name : names) {
            scopes.add(Arrays.stream(values())
                    .filter(scope -> scope.wireName.equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("scope " + name + " (expected: one of "
                            + Arrays.stream(values()).map(Scope::wireName).collect(Collectors.joining(", "))
                            + ")")));
        }
        return scopes;
    }

    /** Whether a token with these scopes may do what this one stands for: editing includes seeing. */
    boolean isIn(Set<Scope> granted) {
        return granted.contains(this)
                || switch (this) {
                    case TUNNELS_READ -> granted.contains(TUNNELS_EDIT);
                    case ROUTES_READ -> granted.contains(ROUTES_EDIT);
                    case ACCESS_READ -> granted.contains(ACCESS_EDIT);
                    default -> false;
                };
    }
}
