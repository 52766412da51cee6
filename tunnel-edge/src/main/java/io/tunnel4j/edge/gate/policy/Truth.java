package io.tunnel4j.edge.gate.policy;

/** What is known about a condition (Kleene's three values). What cannot be known never lets anybody in. */
enum Truth {
    YES,
    NO,
    UNKNOWN;

    static Truth of(boolean value) {
        return value ? YES : NO;
    }

    Truth and(Truth other) {
        if (this == NO || other == NO) {
            return NO;
        }
        return this == YES ? other : this;
    }

    Truth or(Truth other) {
        if (this == YES || other == YES) {
            return YES;
        }
        return this == NO ? other : this;
    }

    Truth not() {
        return switch (this) {
            case YES -> NO;
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
        };
    }
}
