package io.tunnel4j.mux;

import io.netty.handler.codec.CharSequenceValueConverter;
import io.netty.handler.codec.EmptyHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map.Entry;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Inbound header fields in one flat array, in wire order.
 *
 * <p>A tunnel reads each field about once, so a hash table costs more than it saves. Appending and reading are what the decoder and the
 * tunnel need: the other mutators of {@link Http2Headers} throw, and typed getters other than int and long answer as if the field were absent. Not thread-safe; effectively immutable once delivered to a listener.
 */
public final class FlatHeaders extends EmptyHeaders<CharSequence, CharSequence, Http2Headers> implements Http2Headers {
    private static final int INITIAL_FIELDS = 12;

    private @Nullable CharSequence[] fields = new CharSequence[2 * INITIAL_FIELDS];
    private int length;

    private final boolean checked;
    private boolean malformed;
    private boolean regularSeen;

    /** Bits of {@link PseudoFields}. */
    private int pseudoFields;

    /** Creates an empty list of fields. */
    public FlatHeaders() {
        this(false);
    }

    /** With {@code checked}, remembers whether a field was malformed instead of throwing inside the decoder, whose state must stay intact. */
    FlatHeaders(boolean checked) {
        this.checked = checked;
    }

    /** True if a checked list breaks the rules of RFC 9113 §8.2 and §8.3 in itself, wherever it stands. */
    boolean isMalformed() {
        return malformed;
    }

    /** The pseudo-header fields of a checked list, as bits of {@link PseudoFields}. */
    int pseudoFields() {
        return pseudoFields;
    }

    private void check(CharSequence name, CharSequence value) {
        if (!FieldSyntax.isName(name) || !FieldSyntax.isValue(value)) {
            malformed = true;
        } else if (name.charAt(0) == ':') {
            int bit = PseudoFields.bit(name);
            // Unknown, twice, or after the regular fields.
            malformed |= bit == 0 || (pseudoFields & bit) != 0 || regularSeen;
            pseudoFields |= bit;
        } else {
            regularSeen = true;
            malformed |= FieldSyntax.isConnectionSpecific(name, value);
        }
    }

    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
        if (checked) {
            check(name, value);
        }
        if (length == fields.length) {
            fields = Arrays.copyOf(fields, 2 * length);
        }
        fields[length] = name;
        fields[length + 1] = value;
        length += 2;
        return this;
    }

    /**
     * Returns the name of a field.
     *
     * @param index 0 to {@link #size()} - 1
     * @return lower-case name
     */
    public CharSequence nameAt(int index) {
        return field(2 * index);
    }

    /**
     * Returns the value of a field.
     *
     * @param index 0 to {@link #size()} - 1
     * @return value as received, one character per octet
     */
    public CharSequence valueAt(int index) {
        return field(2 * index + 1);
    }

    private CharSequence field(int position) {
        CharSequence field = position < length ? fields[position] : null;
        if (field == null) {
            throw new IndexOutOfBoundsException("index: " + position / 2 + " (expected: < " + size() + ")");
        }
        return field;
    }

    private int indexOf(CharSequence name, int from) {
        for (int i = from; i < length; i += 2) {
            if (AsciiString.contentEquals(fields[i], name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public @Nullable CharSequence get(CharSequence name) {
        int i = indexOf(name, 0);
        return i < 0 ? null : fields[i + 1];
    }

    @Override
    public List<CharSequence> getAll(CharSequence name) {
        int i = indexOf(name, 0);
        if (i < 0) {
            return new ArrayList<>(0);
        }
        List<CharSequence> values = new ArrayList<>(2);
        for (; i >= 0; i = indexOf(name, i + 2)) {
            values.add(field(i + 1));
        }
        return values;
    }

    @Override
    public boolean contains(CharSequence name) {
        return indexOf(name, 0) >= 0;
    }

    @Override
    public boolean contains(CharSequence name, CharSequence value, boolean caseInsensitive) {
        for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 2)) {
            if (caseInsensitive
                    ? AsciiString.contentEqualsIgnoreCase(fields[i + 1], value)
                    : AsciiString.contentEquals(fields[i + 1], value)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public Http2Headers set(CharSequence name, CharSequence value) {
        remove(name);
        return add(name, value);
    }

    /** The decoder normalises content-length with this; a value that is normal already stays in its place. */
    @Override
    public Http2Headers setLong(CharSequence name, long value) {
        String text = Long.toString(value);
        CharSequence present = get(name);
        return present != null && AsciiString.contentEquals(present, text) ? this : set(name, text);
    }

    @Override
    public boolean remove(CharSequence name) {
        int kept = 0;
        for (int i = 0; i < length; i += 2) {
            if (!AsciiString.contentEquals(fields[i], name)) {
                fields[kept] = fields[i];
                fields[kept + 1] = fields[i + 1];
                kept += 2;
            }
        }
        boolean removed = kept != length;
        Arrays.fill(fields, kept, length, null);
        length = kept;
        return removed;
    }

    @Override
    public int size() {
        return length / 2;
    }

    @Override
    public boolean isEmpty() {
        return length == 0;
    }

    @Override
    public Set<CharSequence> names() {
        Set<CharSequence> names = new HashSet<>();
        for (int i = 0; i < length; i += 2) {
            names.add(field(i));
        }
        return names;
    }

    @Override
    public Iterator<Entry<CharSequence, CharSequence>> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < size();
            }

            @Override
            public Entry<CharSequence, CharSequence> next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Entry<CharSequence, CharSequence> entry = new SimpleImmutableEntry<>(nameAt(next), valueAt(next));
                next++;
                return entry;
            }
        };
    }

    @Override
    public Iterator<CharSequence> valueIterator(CharSequence name) {
        return getAll(name).iterator();
    }

    @Override
    public Http2Headers method(CharSequence value) {
        return set(PseudoHeaderName.METHOD.value(), value);
    }

    @Override
    public @Nullable CharSequence method() {
        return get(PseudoHeaderName.METHOD.value());
    }

    @Override
    public Http2Headers scheme(CharSequence value) {
        return set(PseudoHeaderName.SCHEME.value(), value);
    }

    @Override
    public @Nullable CharSequence scheme() {
        return get(PseudoHeaderName.SCHEME.value());
    }

    @Override
    public Http2Headers authority(CharSequence value) {
        return set(PseudoHeaderName.AUTHORITY.value(), value);
    }

    @Override
    public @Nullable CharSequence authority() {
        return get(PseudoHeaderName.AUTHORITY.value());
    }

    @Override
    public Http2Headers path(CharSequence value) {
        return set(PseudoHeaderName.PATH.value(), value);
    }

    @Override
    public @Nullable CharSequence path() {
        return get(PseudoHeaderName.PATH.value());
    }

    @Override
    public Http2Headers status(CharSequence value) {
        return set(PseudoHeaderName.STATUS.value(), value);
    }

    @Override
    public @Nullable CharSequence status() {
        return get(PseudoHeaderName.STATUS.value());
    }

    @Override
    public @Nullable Integer getInt(CharSequence name) {
        CharSequence value = get(name);
        return value == null ? null : CharSequenceValueConverter.INSTANCE.convertToInt(value);
    }

    @Override
    public @Nullable Long getLong(CharSequence name) {
        CharSequence value = get(name);
        return value == null ? null : CharSequenceValueConverter.INSTANCE.convertToLong(value);
    }

    @Override
    public boolean contains(CharSequence name, CharSequence value) {
        return contains(name, value, false);
    }

    /** Names the fields, not the values: these may be secrets. */
    @Override
    public String toString() {
        return "FlatHeaders" + names();
    }
}
