package io.tunnel4j.access.store;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** The content of a lock file that anybody may have written. */
class LockHolderFuzzTest {
    @FuzzTest(maxDuration = "30s")
    void parse_anyText_holderOrNull(byte[] input) {
        LockHolder holder = LockHolder.parse(new String(input, StandardCharsets.UTF_8));
        if (holder != null && !holder.equals(LockHolder.parse(holder.text()))) {
            throw new AssertionError(holder.text());
        }
    }
}
