package dev.acktrace.bench;

import dev.acktrace.bpf.CompileGoal;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From a policy to a proven filter. The lists of rules are those of the directory in the property {@code lists}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class CompileBenchmark {
    private static final Path LISTS = Path.of(System.getProperty("lists", "."));

    /**
     * {@code third}: 300 calls, of which a third takes one to five values of an argument; {@code all}: 300 calls, each
     * with one value of an argument; otherwise a list of rules.
     */
    @Param({"moby-amd64", "podman-amd64", "third", "all"})
    public String rules = "";

    @Param({"1", "3"})
    public int abis;

    @Param({"SIZE", "SPEED"})
    public CompileGoal goal = CompileGoal.SIZE;

    private Policy policy = Policy.of(Action.ALLOW, List.of(Abi.X86_64), List.of());
    private CompileOptions options = CompileOptions.SMALL;

    /** Reads the lists. */
    @Setup
    public void prepare() throws IOException {
        List<Abi> all = abis == 1 ? List.of(Abi.X86_64) : List.of(Abi.X86_64, Abi.X86, Abi.X32);
        policy = rules.equals("third") || rules.equals("all") ? made(all) : list(all);
        options = new CompileOptions(goal, goal == CompileGoal.SPEED ? weights() : Map.of());
    }

    private Policy made(List<Abi> all) {
        Random random = new Random(1);
        List<String> names = new ArrayList<>(SyscallTable.of(Abi.X86_64).names());
        Collections.sort(names);
        Collections.shuffle(names, random);
        List<Rule> made = new ArrayList<>();
        for (String name : names.subList(0, 300)) {
            boolean some = rules.equals("all") || random.nextInt(3) == 0;
            int values = some ? rules.equals("all") ? 1 : 1 + random.nextInt(5) : 0;
            int index = random.nextInt(4);
            for (int i = 0; i < values; i++) {
                Comparison equal = Comparison.of(index, Operator.EQ, random.nextInt(64));
                made.add(Rule.of(name, Condition.of(equal), Action.ALLOW));
            }
            if (values == 0) {
                made.add(Rule.of(name, Action.ALLOW));
            }
        }
        return Policy.of(Action.errno(1), all, made);
    }

    private Policy list(List<Abi> all) throws IOException {
        Action standard = Action.KILL_PROCESS;
        List<Rule> read = new ArrayList<>();
        for (String line : Files.readAllLines(LISTS.resolve("profile-" + rules + ".rules"))) {
            String[] words = line.split(" ", -1);
            if (words[0].equals("D")) {
                standard = action(words[1]);
            } else if (words[0].equals("R")) {
                List<Comparison> comparisons = new ArrayList<>();
                for (int i = 3; i + 3 < words.length; i += 4) {
                    int index = Integer.parseInt(words[i]);
                    Operator operator = Operator.valueOf(words[i + 1]);
                    long a = Long.parseUnsignedLong(words[i + 2]);
                    long b = Long.parseUnsignedLong(words[i + 3]);
                    comparisons.add(
                            operator == Operator.MASKED_EQ
                                    ? Comparison.masked(index, a, b)
                                    : Comparison.of(index, operator, a));
                }
                read.add(Rule.of(words[2], new Condition(comparisons), action(words[1])));
            }
        }
        return Policy.of(standard, all, read);
    }

    private static Action action(String text) {
        return Action.parse(text.replaceFirst(":(\\d+)$", "($1)")).orElseThrow();
    }

    private static Map<Syscall, Double> weights() throws IOException {
        Map<Syscall, Double> weights = new HashMap<>();
        Matcher pair = Pattern.compile("\"([a-z0-9_]+)\"\\s*:\\s*([0-9.eE+-]+)")
                .matcher(Files.readString(LISTS.resolve("syscall-frequency-sample.json")));
        while (pair.find()) {
            double weight = Double.parseDouble(pair.group(2));
            SyscallTable.of(Abi.X86_64)
                    .number(pair.group(1))
                    .ifPresent(number -> weights.put(new Syscall(Abi.X86_64, number), weight));
        }
        return weights;
    }

    /** Names resolved, compiled, and proven. */
    @Benchmark
    public Program compiled() {
        return Compiler.compile(Plan.of(policy, Action.KILL_THREAD), options);
    }
}
