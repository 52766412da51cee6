package io.tunnel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** {@code docs/command-line.md} names every command and flag that exists, and none that does not. */
class CommandLineDocumentTest {
    private static final Pattern HEADING = Pattern.compile("(?m)^##+ `?([^`\n]+)`?\n");
    private static final Pattern ALSO = Pattern.compile("Also the flags of \\[`?([^`\\]]+)`?\\]");
    private static final Pattern FLAG =
            Pattern.compile("(?<![A-Za-z0-9*-])(--[A-Za-z][A-Za-z0-9-]*|-[A-Za-z](?![A-Za-z]))");

    private static String text;
    private static final Map<String, String> sections = new LinkedHashMap<>();
    private static final Map<String, CommandLine> commands = new LinkedHashMap<>();

    @BeforeAll
    static void read() throws IOException {
        text = Files.readString(Path.of("../docs/command-line.md"));
        Matcher heading = HEADING.matcher(text);
        String name = "";
        int start = 0;
        while (heading.find()) {
            sections.put(name, text.substring(start, heading.start()));
            name = heading.group(1);
            start = heading.end();
        }
        sections.put(name, text.substring(start));
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        collect(
                "",
                Main.commandLine(new Terminal(
                        new ByteArrayInputStream(new byte[0]), nowhere, nowhere, Map.of(), Path.of("/"), false)));
    }

    private static void collect(String prefix, CommandLine group) {
        group.getSubcommands().forEach((word, command) -> {
            boolean isListed = word.equals(command.getCommandName())
                    && !command.getCommandSpec().usageMessage().hidden();
            boolean isRepeated = prefix.equals("tunnel ") && word.equals("service");
            if (isListed && !isRepeated) {
                commands.put(prefix + word, command);
                collect(prefix + word + " ", command);
            }
        });
    }

    private static Set<String> documented(String section) {
        Set<String> flags = new TreeSet<>();
        String body = sections.getOrDefault(section, "");
        body.lines().filter(line -> line.startsWith("| `-")).forEach(line -> {
            Matcher flag = FLAG.matcher(line.substring(0, line.indexOf(" | ")));
            while (flag.find()) {
                flags.add(flag.group());
            }
        });
        Matcher also = ALSO.matcher(body);
        while (also.find()) {
            flags.addAll(documented(also.group(1)));
        }
        return flags;
    }

    private static Set<String> flags(CommandLine command, boolean withHidden) {
        Set<String> flags = new TreeSet<>();
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (!option.usageHelp() && !option.versionHelp() && (withHidden || !option.hidden())) {
                flags.addAll(Arrays.asList(option.names()));
            }
        }
        return flags;
    }

    @Test
    void everyCommand_hasASection_andEverySectionsCommandExists() {
        Set<String> headings = new LinkedHashSet<>();
        Matcher heading = Pattern.compile("(?m)^### `([^`]+)`$").matcher(text);
        while (heading.find()) {
            headings.add(heading.group(1));
        }

        assertThat(headings).containsExactlyInAnyOrderElementsOf(commands.keySet());
    }

    @Test
    void everyFlag_isInItsCommandsTable_andNoOtherIs() {
        commands.forEach((name, command) ->
                assertThat(documented(name)).describedAs(name).isEqualTo(flags(command, false)));
    }

    @Test
    void everyFlagInTheText_existsSomewhere() {
        Set<String> known = new TreeSet<>(Set.of("--help", "--version", "-u", "--socks5-hostname"));
        commands.values().forEach(command -> known.addAll(flags(command, true)));
        Set<String> named = new TreeSet<>();
        Matcher code = Pattern.compile("`([^`\n]+)`").matcher(text);
        while (code.find()) {
            if (!code.group(1).startsWith("-X")) {
                Matcher flag = FLAG.matcher(code.group(1));
                while (flag.find()) {
                    named.add(flag.group());
                }
            }
        }

        assertThat(known).containsAll(named);
    }

    @Test
    void variablesOfFlags_areTheProgramsOwn() {
        Matcher row = Pattern.compile("(?m)^\\| `([a-z0-9-]+)` \\| `([A-Z0-9_]+)` \\|$")
                .matcher(text);
        int rows = 0;
        while (row.find()) {
            assertThat(FlagVariables.variable(row.group(1))).isEqualTo(row.group(2));
            rows++;
        }
        assertThat(rows).isEqualTo(11);
        assertThat(FlagVariables.variable("grace-period")).isEqualTo("TUNNEL_GRACE_PERIOD");
    }
}
