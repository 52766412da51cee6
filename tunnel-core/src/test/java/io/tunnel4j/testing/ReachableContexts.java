package io.tunnel4j.testing;

import io.netty.handler.ssl.SslContext;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/** Finds the TLS contexts that an object of ours leads to, by its fields and theirs: what is to be freed when it is closed. */
public final class ReachableContexts {
    private static final int MAX_OBJECTS = 200_000;

    private ReachableContexts() {}

    /**
     * Looks for contexts.
     *
     * @param root where to begin
     * @return each context once
     * @throws IllegalAccessException never, since what may not be looked into is left out
     */
    public static List<SslContext> of(Object root) throws IllegalAccessException {
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> open = new ArrayDeque<>(List.of(root));
        while (!open.isEmpty() && seen.size() < MAX_OBJECTS) {
            Object next = open.remove();
            if (!seen.add(next) || next instanceof SslContext) {
                continue;
            }
            if (next instanceof Map<?, ?> map) {
                map.values().forEach(value -> add(open, value));
            } else if (next instanceof Iterable<?> items && isOfTheJdk(next)) {
                items.forEach(item -> add(open, item));
            } else if (next instanceof Object[] items) {
                Arrays.asList(items).forEach(item -> add(open, item));
            } else if (next instanceof AtomicReference<?> reference) {
                add(open, reference.get());
            } else if (!isOfTheJdk(next)) {
                addFields(next, open);
            }
        }
        return seen.stream()
                .filter(SslContext.class::isInstance)
                .map(SslContext.class::cast)
                .toList();
    }

    private static void addFields(Object owner, Deque<Object> open) throws IllegalAccessException {
        for (Class<?> type = owner.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
                    continue;
                }
                try {
                    field.setAccessible(true);
                } catch (InaccessibleObjectException ofTheJdk) {
                    continue;
                }
                add(open, field.get(owner));
            }
        }
    }

    private static void add(Deque<Object> open, Object value) {
        if (value != null && !(value instanceof String) && !(value instanceof Number)) {
            open.add(value);
        }
    }

    private static boolean isOfTheJdk(Object object) {
        String name = object.getClass().getName();
        return name.startsWith("java.")
                || name.startsWith("javax.")
                || name.startsWith("sun.")
                || name.startsWith("jdk.");
    }
}
