package io.tunnel4j.origin;

/** Arrays and codecs that the exchanges of one event loop share, as no two of them run at once. Confined to the event loop. */
final class LoopScratch {
    private static final int MAX_KEPT_BYTES = 256 << 10;

    private final RequestHeadWriter requestHead;
    private final ResponseHeadReader responseHead = new ResponseHeadReader();
    private byte[] bytes = new byte[8192];

    LoopScratch(OriginSettings settings) {
        requestHead = new RequestHeadWriter(settings);
    }

    RequestHeadWriter requestHead() {
        return requestHead;
    }

    ResponseHeadReader responseHead() {
        return responseHead;
    }

    /** Returns an array of at least this length, valid until {@link #release}. */
    byte[] bytes(int length) {
        if (bytes.length < length) {
            bytes = new byte[Math.max(length, 2 * bytes.length)];
        }
        return bytes;
    }

    /** What one huge head has blown up is not kept. */
    void release() {
        if (bytes.length > MAX_KEPT_BYTES) {
            bytes = new byte[8192];
        }
    }
}
