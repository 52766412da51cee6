package io.tunnel4j.access.store;

import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.testing.TokenStoreContract;

class InMemoryTokenStoreTest extends TokenStoreContract {
    @Override
    protected TokenStore emptyStore() {
        return TokenStore.inMemory();
    }
}
