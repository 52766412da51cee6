package io.tunnel4j.origin;

import java.net.URI;
import java.util.concurrent.CompletionStage;

/** Where the public keys of an Access team come from. Thread-safe. */
@FunctionalInterface
public interface AccessKeySource {
    /**
     * Fetches a key set.
     *
     * @param address the team's address of it
     * @return the JSON document, or why there is none
     */
    CompletionStage<String> fetch(URI address);
}
