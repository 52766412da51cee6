package io.tunnel4j.edge.store;

class MemoryStoreTest extends StoreContract {
    private final EdgeStore store = EdgeStore.inMemory();

    @Override
    EdgeStore store() {
        return store;
    }
}
