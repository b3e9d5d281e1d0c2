package dev.acktrace.cli.command;

import dev.acktrace.cli.ExitCode;
import dev.acktrace.cli.output.Console;
import dev.acktrace.cli.output.Json;
import dev.acktrace.fault.FaultException;
import dev.acktrace.format.Filters;
import dev.acktrace.format.OciOptions;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.SyscallTable;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code acktrace eval}: what policies or compiled filters answer to a call. */
@Command(
        name = "eval",
        sortOptions = false,
        customSynopsis = {
            "acktrace eval [OPTION…] POLICY… SYSCALL [ARG…]",
            "       acktrace eval [OPTION…] --stdin POLICY…"
        },
        description = "Says what happens to a call under a policy or a compiled filter (.bpf).",
        footer = {
            "",
            "Several policies are a stack, in the order in which they were installed: all",
            "are asked, and the most restrictive answer counts. The first word that is the",
            "name of a call, or a number, ends the policies. Arguments are numbers or",
            "constants: 5, 0x5401, -1, AF_UNIX.",
            "",
            "With --stdin each line is ARCH SYSCALL [ARG…], and the answer to each is a",
            "line. A number below 0x40000000 is the number in that architecture's table.",
            "",
            "Examples:",
            "  acktrace eval web.json socket AF_INET SOCK_STREAM 0",
            "  acktrace eval --as runc docker.json web.json clone3",
            "  echo 'x86_64 openat' | acktrace eval --stdin web.json"
        })
public final class EvalCommand extends BaseCommand {
    private static final int LINE_MAX = 4096;

    @Mixin
    private HostOptions host = new HostOptions();

    @Mixin
    private AnswerOptions answers = new AnswerOptions();

    @Option(names = "--stdin", description = "Read calls from standard input.")
    private boolean stdin;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Parameters(paramLabel = "POLICY", arity = "0..*", description = "Policies, then the call and its arguments.")
    private List<String> words = new ArrayList<>();

    @Override
    protected int run(Console console) throws FaultException {
        try {
            return evaluate(console);
        } catch (TypeConversionException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    private int evaluate(Console console) throws FaultException {
        int call = stdin ? words.size() : callAt();
        if (call == 0) {
            throw usage("a POLICY is needed before the call");
        }
        if (!stdin && call == words.size()) {
            throw usage("no call is given; the last of '" + String.join(" ", words) + "' would have to be one");
        }
        OciOptions options = host.options();
        Action bad = answers.badArch();
        List<Filters.Filter> stack = new ArrayList<>();
        for (String name : words.subList(0, call)) {
            Inputs.Input input = Inputs.any(name, options, console);
            stack.add(input.policy()
                    .map(policy -> Filters.of(policy, options.reading(), bad))
                    .orElseGet(() -> Filters.of(input.program().orElseThrow())));
        }
        Filters filters = new Filters(stack);
        if (stdin) {
            lines(filters, console);
            return ExitCode.OK;
        }
        SeccompData data = Words.call(
                host.abi().auditArch(),
                Optional.of(host.abi()),
                words.get(call),
                words.subList(call + 1, words.size()));
        print(console, data, filters.decide(data));
        return ExitCode.OK;
    }

    /** Where the policies end. */
    private int callAt() {
        for (int i = 1; i < words.size(); i++) {
            if (SyscallTable.known(words.get(i)) || Words.number(words.get(i)).isPresent()) {
                return i;
            }
        }
        if (words.size() > 1 && !Files.exists(Path.of(words.get(words.size() - 1)))) {
            throw usage("there is no call '" + words.get(words.size() - 1) + "', and no such file");
        }
        return words.size();
    }

    private void lines(Filters filters, Console console) throws FaultException {
        StringBuilder answers = new StringBuilder();
        int number = 0;
        try (BufferedReader in = new BufferedReader(
                new InputStreamReader(new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                number++;
                if (line.length() > LINE_MAX) {
                    throw new TypeConversionException("it is longer than " + LINE_MAX + " characters");
                }
                String trimmed = line.trim();
                if (!trimmed.isEmpty()) {
                    answer(filters, List.of(trimmed.split("\\s+")), answers);
                }
                if (answers.length() > 1 << 16) {
                    console.out(answers.toString());
                    answers.setLength(0);
                }
            }
        } catch (IOException e) {
            throw new FaultException(
                    "cannot read standard input", String.valueOf(e.getMessage()), "Give the calls as lines.");
        } catch (TypeConversionException e) {
            console.out(answers.toString());
            throw new FaultException(
                    "cannot read line " + number + " of standard input",
                    String.valueOf(e.getMessage()),
                    "A line is ARCH SYSCALL [ARG…].");
        }
        console.out(answers.toString());
    }

    private void answer(Filters filters, List<String> line, StringBuilder answers) {
        if (line.size() < 2) {
            throw new TypeConversionException("it has one word");
        }
        Words.Architecture architecture = Words.Architecture.parse(line.get(0));
        SeccompData data =
                Words.call(architecture.audit(), architecture.abi(), line.get(1), line.subList(2, line.size()));
        Action action = filters.decide(data);
        if (json) {
            answers.append("{\"call\":\"")
                    .append(data)
                    .append("\",\"action\":\"")
                    .append(action)
                    .append("\"}\n");
        } else {
            answers.append(action).append('\n');
        }
    }

    private void print(Console console, SeccompData data, Action action) {
        if (!json) {
            console.out(action + "\n");
            return;
        }
        Json.print(console, out -> {
            out.writeStartObject();
            out.writeStringField("arch", host.abi().label());
            out.writeNumberField("number", Integer.toUnsignedLong(data.number()));
            out.writeStringField("action", action.toString());
            out.writeEndObject();
        });
    }
}
