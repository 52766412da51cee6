package io.tunnel4j.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory of another JVM, asked by {@code jcmd}.
 *
 * @param heapBytes used heap, live or not
 * @param directBytes what was allocated outside the heap by buffers; -1 unless the JVM runs with native memory tracking
 */
public record JvmMemory(long heapBytes, long directBytes) {
    private static final Pattern USED = Pattern.compile("used (\\d+)K");
    private static final Pattern OTHER = Pattern.compile("Other \\(reserved=(\\d+)KB");

    /**
     * Collects garbage in a JVM and reads what is left.
     *
     * @param pid the JVM
     * @return its memory
     */
    public static JvmMemory afterCollection(long pid) {
        jcmd(pid, "GC.run");
        jcmd(pid, "GC.run");
        return now(pid);
    }

    /**
     * Reads what a JVM uses.
     *
     * @param pid the JVM
     * @return its memory
     */
    public static JvmMemory now(long pid) {
        long heap = 0;
        for (String line : jcmd(pid, "GC.heap_info").split("\n")) {
            // One line for each generation (or one for all of G1); the class space is no heap.
            if (line.contains("total") && !line.contains("etaspace") && !line.contains("class space")) {
                Matcher used = USED.matcher(line);
                if (used.find()) {
                    heap += Long.parseLong(used.group(1)) * 1024;
                }
            }
        }
        Matcher other = OTHER.matcher(jcmd(pid, "VM.native_memory", "summary"));
        return new JvmMemory(heap, other.find() ? Long.parseLong(other.group(1)) * 1024 : -1);
    }

    private static String jcmd(long pid, String... command) {
        String[] all = new String[command.length + 2];
        all[0] = Jvm.program("jcmd");
        all[1] = Long.toString(pid);
        System.arraycopy(command, 0, all, 2, command.length);
        try {
            Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException("jcmd", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
