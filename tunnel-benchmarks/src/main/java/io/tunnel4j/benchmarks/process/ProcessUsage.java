package io.tunnel4j.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the system says about a process.
 *
 * @param cpuSeconds user and system time of all threads, living and dead, in steps of 10 ms
 * @param compilerSeconds the part of it that living JIT and GC threads have used; 0 for what is no JVM
 * @param residentBytes resident memory
 */
public record ProcessUsage(double cpuSeconds, double compilerSeconds, long residentBytes) {
    /** Linux counts in hundredths of a second towards user space, whatever its own tick is. */
    private static final double TICKS_PER_SECOND = 100;

    /**
     * Reads the usage of a process and of its children that are no longer there.
     *
     * @param pid a living process
     * @return a snapshot
     */
    public static ProcessUsage of(long pid) {
        Path process = Path.of("/proc/" + pid);
        try {
            double compilers = 0;
            try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
                for (Path thread : threads) {
                    compilers += compilerSeconds(thread);
                }
            }
            return new ProcessUsage(cpuSeconds(process.resolve("stat")), compilers, resident(process));
        } catch (IOException e) {
            throw new UncheckedIOException("process " + pid + " is gone", e);
        }
    }

    private static double compilerSeconds(Path thread) {
        try {
            String name = Files.readString(thread.resolve("comm")).strip();
            boolean serves = name.startsWith("C1 Comp")
                    || name.startsWith("C2 Comp")
                    || name.startsWith("G1 ")
                    || name.startsWith("GC Thread")
                    || name.startsWith("VM Thread")
                    || name.startsWith("Sweeper");
            return serves ? cpuSeconds(thread.resolve("stat")) : 0;
        } catch (IOException e) {
            return 0; // ended meanwhile
        }
    }

    private static double cpuSeconds(Path stat) throws IOException {
        String line = Files.readString(stat);
        // The command's name is in parentheses and may hold anything; fields 14 and 15 are user and system time.
        String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
    }

    private static long resident(Path process) throws IOException {
        for (String line : Files.readAllLines(process.resolve("smaps_rollup"))) {
            if (line.startsWith("Rss:")) {
                return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
            }
        }
        return 0;
    }
}
