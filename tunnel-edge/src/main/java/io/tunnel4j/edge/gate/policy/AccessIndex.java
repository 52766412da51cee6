package io.tunnel4j.edge.gate.policy;

import io.tunnel4j.edge.AccessGroup;
import io.tunnel4j.edge.AccessList;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One version of the state, arranged for looking things up. Immutable, thread-safe. */
public final class AccessIndex {
    private final long version;
    private final Map<String, List<Entry>> byHost = new HashMap<>();
    private final List<Entry> wildcards = new ArrayList<>();
    private final Map<String, Application> byAudience = new HashMap<>();
    private final Map<String, ServiceTokenRecord> byClientId = new HashMap<>();
    private final Map<String, LocalUser> byEmail = new HashMap<>();
    private final Map<String, AccessGroup> groups;
    private final Map<String, AccessList> lists;
    private final Map<String, IdentityProvider> providers;
    private final Map<String, SigningKeyRecord> keys;
    private final Map<String, Revocation> revocations;

    /**
     * Arranges the current state.
     *
     * @param state read once
     */
    public AccessIndex(AccessState state) {
        this.version = state.version();
        this.groups = state.all(AccessKind.GROUP);
        this.lists = state.all(AccessKind.LIST);
        this.providers = state.all(AccessKind.IDENTITY_PROVIDER);
        this.keys = state.all(AccessKind.SIGNING_KEY);
        this.revocations = state.all(AccessKind.REVOCATION);
        Map<String, Policy> shared = state.all(AccessKind.POLICY);
        for (Application app : state.all(AccessKind.APPLICATION).values()) {
            add(withShared(app, shared));
        }
        Comparator<Entry> mostSpecificFirst = Comparator.comparing(Entry::destination, Destination.MOST_SPECIFIC_FIRST);
        byHost.values().forEach(entries -> entries.sort(mostSpecificFirst));
        wildcards.sort(mostSpecificFirst);
        state.all(AccessKind.SERVICE_TOKEN).values().forEach(token -> byClientId.put(token.clientId(), token));
        state.all(AccessKind.USER).values().forEach(user -> byEmail.put(user.email(), user));
    }

    private void add(Application app) {
        byAudience.put(app.audience(), app);
        for (String text : app.destinations()) {
            Destination destination = Destination.parse(text);
            Entry entry = new Entry(destination, app);
            if (destination.hasHostWildcard()) {
                wildcards.add(entry);
            } else {
                byHost.computeIfAbsent(destination.host(), host -> new ArrayList<>())
                        .add(entry);
            }
        }
    }

    /** A policy that several applications share is kept in each of them as it was; its own record is what counts. */
    private static Application withShared(Application app, Map<String, Policy> shared) {
        List<Policy> current = new ArrayList<>();
        for (Policy policy : app.policies()) {
            current.add(shared.getOrDefault(policy.id(), policy));
        }
        return current.equals(app.policies())
                ? app
                : app.toBuilder().policies(current).build();
    }

    /**
     * Returns which state this is made of.
     *
     * @return its number
     */
    public long version() {
        return version;
    }

    /**
     * Finds the application in front of a host and path, in every reading of the path.
     *
     * @param host in any case, possibly with a dot at its end
     * @param path as on the wire, without query
     * @return the match
     */
    public ApplicationMatch match(String host, String path) {
        String name = canonicalHost(host);
        List<Entry> candidates = new ArrayList<>(byHost.getOrDefault(name, List.of()));
        for (Entry entry : wildcards) {
            if (entry.destination.matchesHost(name)) {
                candidates.add(entry);
            }
        }
        if (candidates.isEmpty()) {
            return ApplicationMatch.PUBLIC;
        }
        Set<String> readings = PathForms.of(path);
        if (readings == null) {
            return ApplicationMatch.AMBIGUOUS;
        }
        Entry found = null;
        for (String reading : readings) {
            for (Entry entry : new Entry[] {first(candidates, reading, false), first(candidates, reading, true)}) {
                if (entry != null && found != null && !entry.application.equals(found.application)) {
                    return ApplicationMatch.AMBIGUOUS;
                }
                found = entry == null ? found : entry;
            }
        }
        return found == null
                ? ApplicationMatch.PUBLIC
                : new ApplicationMatch(ApplicationMatch.Kind.PROTECTED, found.application, found.destination.text());
    }

    private static @Nullable Entry first(List<Entry> candidates, String path, boolean ignoreCase) {
        for (Entry entry : candidates) {
            if (entry.destination.matchesPath(path, ignoreCase)) {
                return entry;
            }
        }
        return null;
    }

    /**
     * Tells whether an application protects something on a host.
     *
     * @param app the application
     * @param host in any case
     * @return true if one of its destinations is there
     */
    public boolean covers(Application app, String host) {
        String name = canonicalHost(host);
        return app.destinations().stream()
                .anyMatch(text -> Destination.parse(text).matchesHost(name));
    }

    private static String canonicalHost(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    /**
     * Finds an application by its audience tag.
     *
     * @param audience 64 hexadecimal digits
     * @return null if there is none
     */
    public @Nullable Application application(String audience) {
        return byAudience.get(audience);
    }

    /**
     * Finds a service token by its public half.
     *
     * @param clientId as sent
     * @return null if there is none
     */
    public @Nullable ServiceTokenRecord serviceToken(String clientId) {
        return byClientId.get(clientId);
    }

    /**
     * Finds a person with a password.
     *
     * @param email in any case
     * @return null if there is none
     */
    public @Nullable LocalUser user(String email) {
        return byEmail.get(email.toLowerCase(Locale.ROOT));
    }

    /**
     * Finds a group.
     *
     * @param id as rules name it
     * @return null if there is none
     */
    public @Nullable AccessGroup group(String id) {
        return groups.get(id);
    }

    /**
     * Finds a list.
     *
     * @param id as rules name it
     * @return null if there is none
     */
    public @Nullable AccessList list(String id) {
        return lists.get(id);
    }

    /**
     * Finds an identity provider.
     *
     * @param id as rules name it
     * @return null if there is none
     */
    public @Nullable IdentityProvider provider(String id) {
        return providers.get(id);
    }

    /**
     * Lists where people may log in to an application.
     *
     * @param app the application
     * @return those it allows, or all
     */
    public List<IdentityProvider> providers(Application app) {
        List<String> allowed = app.identityProviders();
        return providers.values().stream()
                .filter(provider -> allowed.isEmpty() || allowed.contains(provider.id()))
                .toList();
    }

    /**
     * Lists the edge's keys.
     *
     * @return in no particular order
     */
    public Collection<SigningKeyRecord> keys() {
        return keys.values();
    }

    /**
     * Tells whether a token or session has been revoked.
     *
     * @param email whose it is; empty for a service token's
     * @param audience for which application; empty for a session
     * @param issuedAt when it was made
     * @return true if it counts no more
     */
    public boolean isRevoked(String email, String audience, Instant issuedAt) {
        return isBefore(issuedAt, revocations.get(Revocation.userId(email)))
                || isBefore(issuedAt, revocations.get(Revocation.applicationId(audience)));
    }

    private static boolean isBefore(Instant issuedAt, @Nullable Revocation revocation) {
        return revocation != null && !issuedAt.isAfter(revocation.notBefore());
    }

    private record Entry(Destination destination, Application application) {}
}
