package io.tunnel4j.examples.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Fills flags that are not on the command line: from the environment, then from the configuration file.
 */
final class FlagDefaults {
    private final Map<String, String> environment;
    private final Map<String, String> file;

    FlagDefaults(Map<String, String> environment, Map<String, String> file) {
        this.environment = environment;
        this.file = file;
    }

    /** Takes over what was given before the command's own word: {@code tunnel --edge E run} means {@code tunnel run --edge E}. */
    static void inherit(CommandLine command) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            OptionSpec given = givenAbove(command, option.longestName());
            if (given != null && !command.getParseResult().hasMatchedOption(option)) {
                option.setValue(given.getValue());
            }
        }
    }

    /** The nearest flag of this name before the command's own word; null if it is not there. */
    static @Nullable OptionSpec givenAbove(CommandLine command, String name) {
        OptionSpec given = null;
        for (CommandLine group = command.getParent(); group != null && given == null; group = group.getParent()) {
            given = group.getParseResult() == null
                    ? null
                    : group.getParseResult().matchedOption(name);
        }
        return given;
    }

    /** Sets every option that the command line has not. */
    void fill(CommandLine command) {
        inherit(command);
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (option.usageHelp()
                    || option.versionHelp()
                    || command.getParseResult().hasMatchedOption(option)
                    || givenAbove(command, option.longestName()) != null) {
                continue;
            }
            String value = value(option);
            if (value != null) {
                option.setValue(converted(command, option, value));
            }
        }
    }

    private @Nullable String value(OptionSpec option) {
        for (String name : option.names()) {
            String variable = environment.get(FlagVariables.variable(flag(name)));
            if (variable != null && !variable.isEmpty()) {
                return variable;
            }
        }
        for (String name : option.names()) {
            String value = file.get(flag(name));
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static String flag(String name) {
        return name.replaceFirst("^--?", "");
    }

    private static Object converted(CommandLine command, OptionSpec option, String text) {
        Class<?> type = option.type();
        try {
            if (type == boolean.class) {
                return Boolean.valueOf(text);
            }
            if (type == Integer.class) {
                return Integer.valueOf(text.strip());
            }
            if (type == Path.class) {
                return Path.of(text);
            }
            if (type == Duration.class) {
                return DurationText.parse(text);
            }
            if (type == List.class) {
                return List.of(text.split(","));
            }
            if (type == Map.class) {
                return pairs(text);
            }
            return text;
        } catch (IllegalArgumentException | CommandLine.TypeConversionException wrong) {
            throw new CommandLine.ParameterException(
                    command, option.longestName() + ": '" + text + "' (expected: " + option.paramLabel() + ")");
        }
    }

    private static Map<String, String> pairs(String text) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : text.split(",")) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                throw new IllegalArgumentException(pair);
            }
            pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return pairs;
    }
}
