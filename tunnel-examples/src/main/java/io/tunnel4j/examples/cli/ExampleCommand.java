package io.tunnel4j.examples.cli;

import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lists the examples, or runs one. */
@Command(name = "example", description = "run one of the examples; without a name list them")
final class ExampleCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "the example")
    private @Nullable String name;

    @Parameters(index = "1..*", paramLabel = "ARG", description = "what the example itself takes")
    private List<String> arguments = List.of();

    @Override
    public Integer call() throws Exception {
        String wanted = name;
        if (wanted == null) {
            Examples.ALL.forEach(
                    example -> spec.commandLine().getOut().printf("%-14s %s%n", example.name(), example.description()));
            return ExitCode.OK;
        }
        Examples.Example chosen = Examples.ALL.stream()
                .filter(example -> example.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "example: '" + wanted + "' (expected: one of those that ./dev example lists)"
                                + Suggestion.nearest(
                                                wanted, Examples.ALL.stream().map(Examples.Example::name))
                                        .map(near -> "; did you mean '" + near + "'?")
                                        .orElse("")));
        if (arguments.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "example " + wanted + ": expected " + chosen.description());
        }
        try {
            chosen.main().getMethod("main", String[].class).invoke(null, (Object) arguments.toArray(String[]::new));
        } catch (InvocationTargetException failed) {
            if (failed.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (failed.getCause() instanceof NoClassDefFoundError missing) {
                throw new ParameterException(
                        spec.commandLine(),
                        "example " + wanted + ": " + missing.getMessage()
                                + " is not in the jar (expected: run it by ./dev example " + wanted + ")");
            }
            throw failed;
        }
        return ExitCode.OK;
    }
}
