package io.tunnel4j.edge.gate.policy;

import java.util.List;

/**
 * Somebody with a password at this edge. Immutable.
 *
 * @param id opaque
 * @param email login name, lower case
 * @param passwordHash with its parameters, as the hash function writes it
 * @param groups names for rules about groups
 * @param isDisabled whether the login is refused
 */
public record LocalUser(String id, String email, String passwordHash, List<String> groups, boolean isDisabled) {
    /** Copies the list. */
    public LocalUser {
        groups = List.copyOf(groups);
    }

    /** Shows the e-mail address, not the hash. */
    @Override
    public String toString() {
        return "LocalUser[" + email + (isDisabled ? ", disabled]" : "]");
    }
}
