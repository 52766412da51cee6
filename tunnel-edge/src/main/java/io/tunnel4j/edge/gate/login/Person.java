package io.tunnel4j.edge.gate.login;

import java.util.List;
import java.util.Map;

/**
 * What a login has found out. Immutable.
 *
 * @param email lower case
 * @param name for showing
 * @param groups names or ids
 * @param methods how they proved who they are, values of RFC 8176
 * @param claims what the provider said
 */
public record Person(
        String email, String name, List<String> groups, List<String> methods, Map<String, List<String>> claims) {
    /** Copies the collections. */
    public Person {
        groups = List.copyOf(groups);
        methods = List.copyOf(methods);
        claims = Map.copyOf(claims);
    }
}
