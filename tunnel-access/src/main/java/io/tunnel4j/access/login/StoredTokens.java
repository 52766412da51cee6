package io.tunnel4j.access.login;

import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.store.StoredToken;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of a store, read with care: one that cannot be read counts as absent, and a store that cannot be written loses no login.
 * Thread-safe.
 */
final class StoredTokens {
    private static final Logger LOG = LoggerFactory.getLogger(StoredTokens.class);

    private static final String SUFFIX = "-token";
    private static final Pattern TAG = Pattern.compile("[0-9A-Za-z]{1,128}");
    private static final int MAX_PATH_SEGMENTS = 32;

    private final TokenStore store;
    private final Clock clock;

    StoredTokens(TokenStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    Instant now() {
        return clock.instant();
    }

    /** Returns the application's token whatever its end; null if there is none for its audience. */
    @Nullable
    StoredToken app(Application application) {
        StoredToken token = read(application.tokenName());
        return token != null && token.audience().contains(application.audienceTag()) ? token : null;
    }

    /** Returns the application's token if it can be used and is not the one that was refused. */
    @Nullable
    AccessToken usable(Application application, @Nullable AccessToken refused) {
        StoredToken token = app(application);
        if (token == null || token.isExpired(now())) {
            return null;
        }
        AccessToken usable = AccessToken.of(token.text());
        return usable.equals(refused) ? null : usable;
    }

    /** Returns the team's token whatever its end. */
    @Nullable
    StoredToken org(Application application) {
        return read(application.orgTokenName());
    }

    /**
     * Looks for a token for a URL whose application has not been discovered: by the names of the files, which start with the application's
     * domain, most specific first. The edge refuses it if it is another's.
     */
    @Nullable
    StoredToken guess(URI url) {
        List<String> names = names();
        for (String prefix : prefixes(url)) {
            StoredToken best = names.stream()
                    .filter(name -> isTokenOf(prefix, name))
                    .map(name -> forItsTag(prefix, name))
                    .filter(token -> token != null && !token.isExpired(now()))
                    .max(Comparator.comparingLong(StoredToken::issuedAt))
                    .orElse(null);
            if (best != null) {
                return best;
            }
        }
        return null;
    }

    private static List<String> prefixes(URI url) {
        String host = url.getHost();
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        List<String> paths = new ArrayList<>(List.of(""));
        StringBuilder soFar = new StringBuilder();
        for (String segment : path.split("/")) {
            if (!segment.isEmpty() && paths.size() < MAX_PATH_SEGMENTS) {
                soFar.append('-').append(segment.replace('*', '-'));
                paths.add(0, soFar.toString());
            }
        }
        List<String> prefixes = new ArrayList<>();
        int dot = host.indexOf('.');
        for (String domain : dot < 0 ? List.of(host) : List.of(host, "-" + host.substring(dot))) {
            paths.forEach(suffix -> prefixes.add(domain + suffix + "-"));
        }
        return prefixes;
    }

    private static boolean isTokenOf(String prefix, String name) {
        return name.length() > prefix.length() + SUFFIX.length()
                && name.regionMatches(true, 0, prefix, 0, prefix.length())
                && name.toLowerCase(Locale.ROOT).endsWith(SUFFIX)
                && TAG.matcher(tag(prefix, name)).matches();
    }

    private static String tag(String prefix, String name) {
        return name.substring(prefix.length(), name.length() - SUFFIX.length());
    }

    private @Nullable StoredToken forItsTag(String prefix, String name) {
        StoredToken token = read(name);
        return token != null && token.audience().contains(tag(prefix, name)) ? token : null;
    }

    private List<String> names() {
        try {
            return store.names();
        } catch (TunnelException e) {
            LOG.warn("cached tokens are not used: {}", e.getMessage());
            return List.of();
        }
    }

    private @Nullable StoredToken read(String name) {
        TokenStore.Entry entry = entry(name);
        return entry == null ? null : StoredToken.tryParse(entry.value());
    }

    TokenStore.@Nullable Entry entry(String name) {
        try {
            return store.read(name);
        } catch (TunnelException e) {
            LOG.warn("treated as absent: {}", e.getMessage());
            return null;
        }
    }

    void write(String name, String value) {
        try {
            store.write(name, value);
        } catch (TunnelException e) {
            LOG.warn("kept in memory only: {}", e.getMessage());
        }
    }

    void delete(String name) {
        try {
            store.delete(name);
        } catch (TunnelException e) {
            LOG.warn("not deleted: {}", e.getMessage());
        }
    }

    /** Takes a lock; null if somebody has it. A store that cannot lock lets everybody go on. */
    TokenStore.@Nullable Lock tryLock(String name) {
        try {
            return store.tryLock(name);
        } catch (TunnelException e) {
            LOG.warn("logins of several processes are not coordinated: {}", e.getMessage());
            return () -> {};
        }
    }
}
