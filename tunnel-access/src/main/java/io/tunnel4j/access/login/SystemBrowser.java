package io.tunnel4j.access.login;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The desktop's opener of addresses. */
final class SystemBrowser {
    private static final Logger LOG = LoggerFactory.getLogger(SystemBrowser.class);

    private SystemBrowser() {}

    static boolean open(URI address) {
        return start(command(System.getProperty("os.name", ""), address));
    }

    static List<String> command(String operatingSystem, URI address) {
        String name = operatingSystem.toLowerCase(Locale.ROOT);
        if (name.startsWith("windows")) {
            // The empty title keeps "start" from taking the address for one; the quotes keep "&" from ending the
            // command.
            return List.of("cmd", "/c", "start", "\"\"", "\"" + address + "\"");
        }
        return List.of(name.startsWith("mac") ? "open" : "xdg-open", address.toString());
    }

    private static boolean start(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(nullDevice()))
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            LOG.debug("{} started as process {}", command.get(0), process.pid());
            return true;
        } catch (IOException e) {
            LOG.debug("{}: {}", command.get(0), e.getMessage());
            return false;
        }
    }

    private static File nullDevice() {
        return new File(System.getProperty("os.name", "").startsWith("Windows") ? "NUL" : "/dev/null");
    }
}
