package io.tunnel4j.access.relay;

/** Numbers of RFC 6455 §5.2 and §7.4.1. */
final class Frame {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    static final int FIN = 0x80;
    static final int MASKED = 0x80;

    /** Largest payload of a control frame. */
    static final int MAX_CONTROL_BYTES = 125;

    static final int CODE_NORMAL = 1000;
    static final int CODE_GOING_AWAY = 1001;
    static final int CODE_PROTOCOL_ERROR = 1002;
    /** Stands for a close frame without a code; never on the wire. */
    static final int CODE_NONE = 1005;

    private Frame() {}
}
