package io.tunnel4j.wire;

import io.tunnel4j.wire.MessageReader.Location;
import io.tunnel4j.wire.WireException.Kind;
import java.util.List;

/**
 * Copies a received struct with everything below it into a message under construction, without knowing its schema.
 *
 * <p>Bounded by the source's depth and traversal limits. Stateless, thread-safe.
 */
final class StructCopy {
    private StructCopy() {}

    /** Copies {@code source} to a new struct at a pointer field. */
    static void copy(StructReader source, StructBuilder parent, int index) throws WireException {
        fields(source, parent.struct(index, source.dataWords(), source.pointers()));
    }

    static void fields(StructReader source, StructBuilder target) throws WireException {
        MessageReader from = source.message();
        if (from == null) {
            return;
        }
        MessageBuilder to = target.message();
        for (int i = 0; i < source.dataWords(); i++) {
            to.setWord(target.start() + i, from.word(source.segment(), source.start() + i));
        }
        for (int i = 0; i < source.pointers(); i++) {
            int word = source.dataWords() + i;
            pointer(from, source.segment(), source.start() + word, source.depth(), to, target.start() + word);
        }
    }

    private static void pointer(MessageReader from, int segment, int word, int depth, MessageBuilder to, int toWord)
            throws WireException {
        if (from.word(segment, word) == 0) {
            return;
        }
        Location location = from.locate(segment, word);
        long pointer = location.pointer();
        switch (CapnpPointer.kind(pointer)) {
            case CapnpPointer.STRUCT -> {
                StructReader source = StructReader.at(from, segment, word, depth - 1);
                fields(source, to.struct(toWord, source.dataWords(), source.pointers()));
            }
            case CapnpPointer.LIST -> list(from, location, depth, to, toWord);
            default -> {
                if (!CapnpPointer.isCapability(pointer)) {
                    throw new WireException(Kind.POINTER_KIND, "pointer of a reserved kind");
                }
                to.setWord(toWord, pointer);
            }
        }
    }

    private static void list(MessageReader from, Location location, int depth, MessageBuilder to, int toWord)
            throws WireException {
        if (depth <= 1) {
            throw new WireException(
                    Kind.TOO_DEEP, "lists nested more deeply than " + MessageReader.MAX_DEPTH + " levels");
        }
        int size = CapnpPointer.elementSize(location.pointer());
        int count = CapnpPointer.elementCount(location.pointer());
        if (size == CapnpPointer.COMPOSITE_ELEMENTS) {
            List<StructReader> elements = StructReader.compositeElements(from, location, depth - 1);
            long tag = from.word(location.segment(), (int) location.start());
            int data = CapnpPointer.dataWords(tag);
            int pointers = CapnpPointer.pointers(tag);
            int at = to.compositeList(toWord, elements.size(), data, pointers);
            for (StructReader element : elements) {
                fields(element, new StructBuilder(to, at, data, pointers));
                at += data + pointers;
            }
            return;
        }
        long words = CapnpPointer.listWords(size, count);
        from.take(location.segment(), location.start(), words);
        int start = to.list(toWord, size, count);
        for (int i = 0; i < words; i++) {
            int at = (int) location.start() + i;
            if (size == CapnpPointer.POINTER_ELEMENTS) {
                pointer(from, location.segment(), at, depth - 1, to, start + i);
            } else {
                to.setWord(start + i, from.word(location.segment(), at));
            }
        }
    }
}
