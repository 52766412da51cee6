package io.tunnel4j.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import org.capnproto.BuilderArena;
import org.capnproto.Data;
import org.capnproto.MessageBuilder;
import org.capnproto.ReaderOptions;
import org.capnproto.SegmentBuilder;
import org.capnproto.SegmentReader;
import org.capnproto.Serialize;
import org.capnproto.StructBuilder;
import org.capnproto.StructFactory;
import org.capnproto.StructList;
import org.capnproto.StructReader;
import org.capnproto.StructSize;
import org.capnproto.Text;
import org.capnproto.TextList;

/** Structs of any layout, as Cap'n Proto's own Java library reads and writes them. */
final class OracleStruct {
    private OracleStruct() {}

    static Reader read(byte[] message, int dataWords, int pointers) {
        try {
            return Serialize.read(ByteBuffer.wrap(message), new ReaderOptions(1 << 20, 64))
                    .getRoot(new Layout(dataWords, pointers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A message whose segments have this size, unless an object needs more. */
    static MessageBuilder message(int segmentWords) {
        return new MessageBuilder(segmentWords, BuilderArena.AllocationStrategy.FIXED_SIZE);
    }

    static byte[] bytes(MessageBuilder message) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            Serialize.write(Channels.newChannel(out), message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    static final class Layout extends StructFactory<Builder, Reader> {
        private final int dataWords;
        private final int pointers;

        Layout(int dataWords, int pointers) {
            this.dataWords = dataWords;
            this.pointers = pointers;
        }

        @Override
        public Reader asReader(Builder builder) {
            throw new AssertionError("nobody asks");
        }

        @Override
        public Builder constructBuilder(SegmentBuilder segment, int data, int pointer, int dataSize, short count) {
            return new Builder(segment, data, pointer, dataSize, count);
        }

        @Override
        public StructSize structSize() {
            return new StructSize((short) dataWords, (short) pointers);
        }

        @Override
        public Reader constructReader(
                SegmentReader segment, int data, int pointer, int dataSize, short count, int nesting) {
            return new Reader(segment, data, pointer, dataSize, count, nesting);
        }
    }

    static final class Reader extends StructReader {
        Reader(SegmentReader segment, int data, int pointer, int dataSize, short count, int nesting) {
            super(segment, data, pointer, dataSize, count, nesting);
        }

        int dataWords() {
            return dataSize / Long.SIZE;
        }

        int pointers() {
            return pointerCount;
        }

        long word(int index) {
            return _getLongField(index);
        }

        boolean isNull(int pointer) {
            return _pointerFieldIsNull(pointer);
        }

        Reader struct(int pointer) {
            return _getPointerField(new Layout(0, 0), pointer);
        }

        byte[] data(int pointer) {
            return _getPointerField(Data.factory, pointer).toArray();
        }

        String text(int pointer) {
            return _getPointerField(Text.factory, pointer).toString();
        }

        TextList.Reader texts(int pointer) {
            return _getPointerField(TextList.factory, pointer);
        }

        StructList.Reader<Reader> structs(int pointer) {
            return _getPointerField(new StructList.Factory<>(new Layout(0, 0)), pointer);
        }
    }

    static final class Builder extends StructBuilder {
        Builder(SegmentBuilder segment, int data, int pointer, int dataSize, short count) {
            super(segment, data, pointer, dataSize, count);
        }

        void word(int index, long value) {
            _setLongField(index, value);
        }

        Builder struct(int pointer, int dataWords, int pointers) {
            return _initPointerField(new Layout(dataWords, pointers), pointer, 0);
        }

        void data(int pointer, byte[] value) {
            _setPointerField(Data.factory, pointer, new Data.Reader(value));
        }

        void text(int pointer, String value) {
            _setPointerField(Text.factory, pointer, new Text.Reader(value));
        }

        TextList.Builder texts(int pointer, int count) {
            return _initPointerField(TextList.factory, pointer, count);
        }

        StructList.Builder<Builder> structs(int pointer, int count, int dataWords, int pointers) {
            return _initPointerField(new StructList.Factory<>(new Layout(dataWords, pointers)), pointer, count);
        }
    }
}
