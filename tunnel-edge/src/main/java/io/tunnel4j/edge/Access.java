package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.edge.gate.login.PasswordHash;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.gate.policy.LocalUser;
import io.tunnel4j.edge.gate.policy.Revocation;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import io.tunnel4j.edge.gate.token.SshAuthority;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Who may pass, to be changed while the edge runs. Thread-safe.
 *
 * <p>A change is in force for the next request once its stage completes, on this node; on others as soon as they have read it.
 */
public final class Access {
    private static final int ID_BYTES = 16;
    private static final int SECRET_BYTES = 32;

    private final AccessState state;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    /**
     * Creates the face of a state.
     *
     * @param state what is changed
     * @param clock the time
     */
    public Access(AccessState state, InstantSource clock) {
        this.state = requireNonNull(state, "state");
        this.clock = requireNonNull(clock, "clock");
    }

    /**
     * Adds or replaces an application.
     *
     * @param application what is protected, and who may pass
     * @return completed when it is in force
     */
    public CompletionStage<Void> protect(Application application) {
        return state.save(AccessKind.APPLICATION, application);
    }

    /**
     * Removes an application: its destinations become public.
     *
     * @param applicationId {@link Application#id()}
     * @return completed when it is gone
     */
    public CompletionStage<Void> unprotect(String applicationId) {
        return state.delete(AccessKind.APPLICATION, applicationId);
    }

    /**
     * Returns all applications.
     *
     * @return immutable
     */
    public Collection<Application> applications() {
        return List.copyOf(state.all(AccessKind.APPLICATION).values());
    }

    /**
     * Adds or replaces a policy that applications share: wherever a policy with its id is used, this one counts.
     *
     * @param policy the policy
     * @return completed when it is in force
     */
    public CompletionStage<Void> share(Policy policy) {
        return state.save(AccessKind.POLICY, policy);
    }

    /**
     * Adds or replaces a group.
     *
     * @param group what {@link Rule#group} names
     * @return completed when it is in force
     */
    public CompletionStage<Void> define(AccessGroup group) {
        return state.save(AccessKind.GROUP, group);
    }

    /**
     * Adds or replaces a list.
     *
     * @param list what {@link Rule#emailList} and {@link Rule#ipList} name
     * @return completed when it is in force
     */
    public CompletionStage<Void> define(AccessList list) {
        return state.save(AccessKind.LIST, list);
    }

    /**
     * Adds or replaces a place where people log in.
     *
     * @param provider the place
     * @return completed when it is in force
     */
    public CompletionStage<Void> login(IdentityProvider provider) {
        return state.save(AccessKind.IDENTITY_PROVIDER, provider);
    }

    /**
     * Makes a service token that is valid for a year, and waits until it is in force.
     *
     * @param name shown to operators
     * @return the only copy of its secret
     */
    public IssuedServiceToken createServiceToken(String name) {
        return createServiceToken(name, ServiceTokenRecord.DEFAULT_DURATION)
                .toCompletableFuture()
                .join();
    }

    /**
     * Makes a service token.
     *
     * @param name shown to operators
     * @param validity from now on
     * @return the only copy of its secret, when the token is in force
     */
    public CompletionStage<IssuedServiceToken> createServiceToken(String name, Duration validity) {
        if (validity.isNegative() || validity.isZero()) {
            throw new IllegalArgumentException("validity: " + validity + " (expected: > 0)");
        }
        String secret = hex(SECRET_BYTES);
        var now = clock.instant();
        ServiceTokenRecord record = new ServiceTokenRecord(
                UUID.randomUUID().toString(),
                requireNonNull(name, "name"),
                hex(ID_BYTES) + ".access",
                ServiceTokenRecord.hash(secret),
                validity,
                now,
                now.plus(validity));
        return state.save(AccessKind.SERVICE_TOKEN, record)
                .thenApply(saved -> new IssuedServiceToken(record.id(), record.clientId(), secret, record.expiresAt()));
    }

    /**
     * Extends a service token by its duration, counted from now.
     *
     * @param tokenId {@link IssuedServiceToken#id()}
     * @return completed when it is in force
     * @throws IllegalArgumentException if there is no such token
     */
    public CompletionStage<Void> renewServiceToken(String tokenId) {
        return state.save(AccessKind.SERVICE_TOKEN, serviceToken(tokenId).renewed(clock.instant()));
    }

    /**
     * Gives a service token a new secret; the old one counts no more.
     *
     * @param tokenId {@link IssuedServiceToken#id()}
     * @return the only copy of the new secret, when it is in force
     * @throws IllegalArgumentException if there is no such token
     */
    public CompletionStage<IssuedServiceToken> rotateServiceToken(String tokenId) {
        String secret = hex(SECRET_BYTES);
        ServiceTokenRecord record = serviceToken(tokenId).withSecretHash(ServiceTokenRecord.hash(secret));
        return state.save(AccessKind.SERVICE_TOKEN, record)
                .thenApply(saved -> new IssuedServiceToken(record.id(), record.clientId(), secret, record.expiresAt()));
    }

    /**
     * Ends a service token at once.
     *
     * @param tokenId {@link IssuedServiceToken#id()}
     * @return completed when it counts no more
     */
    public CompletionStage<Void> deleteServiceToken(String tokenId) {
        return state.delete(AccessKind.SERVICE_TOKEN, tokenId);
    }

    /**
     * Adds somebody with a password at this edge, or replaces their password and groups. Takes a moment for hashing, so not for event loops.
     *
     * @param email login name
     * @param password at most 1024 characters
     * @param groups names for rules about groups
     * @return completed when they can log in
     */
    public CompletionStage<Void> addUser(String email, String password, List<String> groups) {
        String name = email.trim().toLowerCase(Locale.ROOT);
        if (name.indexOf('@') < 1) {
            throw new IllegalArgumentException("email: " + email + " (expected: an e-mail address)");
        }
        return state.save(AccessKind.USER, new LocalUser(name, name, PasswordHash.of(password), groups, false));
    }

    /**
     * Removes somebody with a password, and voids their tokens and sessions.
     *
     * @param email login name
     * @return completed when they are gone
     */
    public CompletionStage<Void> removeUser(String email) {
        String name = email.trim().toLowerCase(Locale.ROOT);
        return state.delete(AccessKind.USER, name).thenCompose(removed -> revokeUser(name));
    }

    /**
     * Returns the line that SSH servers behind an application trust ({@code TrustedUserCAKeys}).
     *
     * @param application whose certificates are to be trusted
     * @return type and public key
     */
    public CompletionStage<String> sshPublicKey(Application application) {
        return SshAuthority.of(state, application.audience(), clock.instant()).thenApply(SshAuthority::publicKey);
    }

    /**
     * Voids a person's tokens and sessions everywhere; they may log in again.
     *
     * @param email whose
     * @return completed when they count no more
     */
    public CompletionStage<Void> revokeUser(String email) {
        return state.save(AccessKind.REVOCATION, Revocation.ofUser(email, clock.instant()));
    }

    /**
     * Voids all tokens of an application; people get new ones without logging in again if they still may.
     *
     * @param application whose
     * @return completed when they count no more
     */
    public CompletionStage<Void> revokeTokens(Application application) {
        return state.save(AccessKind.REVOCATION, Revocation.ofApplication(application.audience(), clock.instant()));
    }

    private ServiceTokenRecord serviceToken(String tokenId) {
        @Nullable
        ServiceTokenRecord record = state.all(AccessKind.SERVICE_TOKEN).get(tokenId);
        if (record == null) {
            throw new IllegalArgumentException("tokenId: " + tokenId + " (expected: an existing service token)");
        }
        return record;
    }

    private String hex(int bytes) {
        byte[] value = new byte[bytes];
        random.nextBytes(value);
        return HexFormat.of().formatHex(value);
    }
}
