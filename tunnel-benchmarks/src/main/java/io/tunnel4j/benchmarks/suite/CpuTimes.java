package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.process.ManagedProcess;
import java.util.List;
import java.util.Map;

/** The processor time that each of several processes takes from a moment on. */
final class CpuTimes {
    private final List<Start> starts;

    private record Start(String name, ManagedProcess process, double cpuSeconds) {}

    private CpuTimes(List<Start> starts) {
        this.starts = starts;
    }

    static CpuTimes start(Map<String, ManagedProcess> processes) {
        return new CpuTimes(processes.entrySet().stream()
                .map(named -> new Start(
                        named.getKey(),
                        named.getValue(),
                        named.getValue().usage().cpuSeconds()))
                .toList());
    }

    /** Adds a figure for each process: the seconds since the start, times a factor. */
    void addTo(Workbench bench, String subject, String figure, String unit, double factor) {
        for (Start start : starts) {
            double seconds = start.process.usage().cpuSeconds() - start.cpuSeconds;
            bench.add(subject + ": " + start.name, figure, unit, seconds * factor);
        }
    }
}
