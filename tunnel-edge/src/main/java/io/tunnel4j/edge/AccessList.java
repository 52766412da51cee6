package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.UUID;

/** E-mail addresses or network addresses under a name, for {@link Rule#emailList} and {@link Rule#ipList}. Immutable. */
public final class AccessList {
    private final String id;
    private final String name;
    private final List<String> items;

    private AccessList(String id, String name, List<String> items) {
        this.id = requireNonNull(id, "id");
        this.name = requireNonNull(name, "name");
        this.items = List.copyOf(items);
    }

    /**
     * Makes a list.
     *
     * @param name shown to operators
     * @param items e-mail addresses, or addresses and prefixes
     * @return a list with a fresh id
     */
    public static AccessList of(String name, List<String> items) {
        return new AccessList(UUID.randomUUID().toString(), name, items);
    }

    /**
     * Sets the id.
     *
     * @param newId what the rules name
     * @return a changed copy
     */
    public AccessList withId(String newId) {
        return new AccessList(newId, name, items);
    }

    /**
     * Returns what the rules name.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /**
     * Returns what operators see.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Returns the entries.
     *
     * @return immutable
     */
    public List<String> items() {
        return items;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessList list
                && list.id.equals(id)
                && list.name.equals(name)
                && list.items.equals(items);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Shows the name and how many entries there are. */
    @Override
    public String toString() {
        return "AccessList[" + name + ", " + items.size() + " items]";
    }
}
