package io.tunnel4j.examples.walkthroughs;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A page of the documentation as steps. Its line {@code Ports: …} names what may be replaced; nothing else is.
 */
final class Page {
    private static final Pattern SIGNAL = Pattern.compile("<!-- (\\w+): Ctrl-C -->");

    private final Map<String, String> ports = new LinkedHashMap<>();
    private final List<Step> steps = new ArrayList<>();

    /** What a reader does next. */
    sealed interface Step {}

    /**
     * Types commands, and compares what is seen with the page.
     *
     * @param who the person whose terminal it is
     * @param manner {@code stays}, {@code waits}, {@code fails} or nothing
     */
    record Console(String who, String manner, List<String> lines) implements Step {}

    /** Does something in the browser. */
    record Browse(String who, List<String> lines) implements Step {}

    /** Saves a file. */
    record Save(String who, String file, String text) implements Step {}

    /** Ends the program in the last terminal. */
    record Interrupt(String who) implements Step {}

    private Page() {}

    static Page read(Path file) throws IOException {
        Page page = new Page();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("Ports: ")) {
                page.choosePorts(line);
            }
            Matcher signal = SIGNAL.matcher(line);
            if (signal.matches()) {
                page.steps.add(new Interrupt(signal.group(1)));
            }
            if (line.startsWith("```")) {
                List<String> content = new ArrayList<>();
                for (i++; !lines.get(i).equals("```"); i++) {
                    content.add(page.withPorts(lines.get(i)));
                }
                page.add(line.substring(3).split(" "), content);
            }
        }
        return page;
    }

    List<Step> steps() {
        return steps;
    }

    /** The port that stands for one of the page. */
    int port(int written) {
        return Integer.parseInt(ports.get(Integer.toString(written)));
    }

    private void add(String[] words, List<String> content) {
        String text = String.join("\n", content) + "\n";
        switch (words[0]) {
            case "console" -> steps.add(new Console(words[1], words.length > 2 ? words[2] : "", content));
            case "browser" -> steps.add(new Browse(words[1], content));
            default -> {
                if (words.length == 3 && words[1].equals("file")) {
                    steps.add(new Save("", words[2], text));
                } else if (words.length == 4 && words[2].equals("file")) {
                    steps.add(new Save(words[1], words[3], text));
                }
            }
        }
    }

    private void choosePorts(String line) throws IOException {
        List<ServerSocket> taken = new ArrayList<>();
        Matcher port = Pattern.compile("\\b(\\d{4,5})\\b").matcher(line);
        while (port.find()) {
            ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            taken.add(free);
            ports.put(port.group(1), Integer.toString(free.getLocalPort()));
        }
        for (ServerSocket free : taken) {
            free.close();
        }
    }

    private String withPorts(String line) {
        return Pattern.compile("(?<![\\w.])\\d{4,5}(?!\\w)")
                .matcher(line)
                .replaceAll(found -> ports.getOrDefault(found.group(), found.group()));
    }
}
