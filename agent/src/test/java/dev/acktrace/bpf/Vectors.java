package dev.acktrace.bpf;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Signatures;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.syscall.SyscallTable;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** The vectors and rule lists of src/test/resources/boundary-vectors. */
final class Vectors {
    record Vector(SeccompData call, Action expected) {}

    record Case(
            String id, Policy policy, Action badArch, List<Vector> vectors, List<Integer> sizes, List<Integer> sums) {}

    private Vectors() {}

    private static InputStream open(String name) {
        InputStream in = Vectors.class.getResourceAsStream("/boundary-vectors/" + name);
        if (in == null) {
            throw new IllegalStateException(name);
        }
        return in;
    }

    static List<Case> random() {
        List<Case> cases = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(open("random-dev.jsonl.gz")), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                cases.add(read((Map<?, ?>) Json.parse(line)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }

    private static Object get(Map<?, ?> json, String name) {
        return Objects.requireNonNull(json.get(name), name);
    }

    private static Action action(Object text) {
        return Action.parse((String) text).orElseThrow();
    }

    private static long number(Object value) {
        return ((BigInteger) value).longValue();
    }

    private static Case read(Map<?, ?> json) {
        List<Rule> rules = new ArrayList<>();
        for (Object entry : (List<?>) get(json, "rules")) {
            List<?> rule = (List<?>) entry;
            List<Comparison> comparisons = new ArrayList<>();
            for (Object part : (List<?>) rule.get(2)) {
                comparisons.add(comparison((List<?>) part));
            }
            rules.add(Rule.of((String) rule.get(1), new Condition(comparisons), action(rule.get(0))));
        }
        List<Abi> abis = new ArrayList<>();
        for (Object name : (List<?>) get(json, "archs")) {
            abis.add(Abi.ofAnyName((String) name).orElseThrow());
        }
        List<?> actions = (List<?>) get(json, "acts");
        List<Vector> vectors = new ArrayList<>();
        for (Object entry : (List<?>) get(json, "v")) {
            List<?> vector = (List<?>) entry;
            if (vector.size() > 4 && vector.get(4).equals("A")) {
                continue;
            }
            long[] arguments = ((List<?>) vector.get(2))
                    .stream().mapToLong(Vectors::number).toArray();
            Abi abi = Abi.ofAnyName((String) vector.get(0)).orElseThrow();
            vectors.add(new Vector(
                    new SeccompData(abi.auditArch(), (int) number(vector.get(1)), 0, arguments),
                    action(actions.get((int) number(vector.get(3))))));
        }
        Map<?, ?> baseline = (Map<?, ?>) get(json, "scmp");
        return new Case(
                (String) get(json, "id"),
                Policy.of(action(get(json, "default")), abis, rules),
                action(get(json, "bad_arch")),
                vectors,
                integers(get(baseline, "insns")),
                integers(get(baseline, "exec_sum")));
    }

    private static List<Integer> integers(Object list) {
        return ((List<?>) list).stream().map(value -> (int) number(value)).toList();
    }

    private static Comparison comparison(List<?> part) {
        int index = (int) number(part.get(0));
        Operator operator = Operator.valueOf((String) part.get(1));
        return operator == Operator.MASKED_EQ
                ? Comparison.masked(index, number(part.get(2)), number(part.get(3)))
                : Comparison.of(index, operator, number(part.get(2)));
    }

    /** A rule list for x86-64 and, if asked for, its further architectures; 64-bit or with the kernel's widths. */
    static Policy profile(String name, boolean allArchitectures, boolean kernelWidths) {
        List<Abi> abis = new ArrayList<>(List.of(Abi.X86_64));
        Action standard = Action.KILL_PROCESS;
        List<Rule> rules = new ArrayList<>();
        try (InputStream in = open("profile-" + name + ".rules")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                String[] words = line.split(" ", -1);
                switch (words[0]) {
                    case "D" -> standard = profileAction(words[1]);
                    case "A" -> {
                        if (allArchitectures) {
                            abis.add(Abi.ofAnyName(words[1]).orElseThrow());
                        }
                    }
                    default -> rules.add(rule(words, kernelWidths));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Policy.of(standard, abis, rules);
    }

    private static Action profileAction(String text) {
        return action(text.replaceFirst(":(\\d+)$", "($1)"));
    }

    private static Rule rule(String[] words, boolean kernelWidths) {
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = 3; i + 3 < words.length; i += 4) {
            int index = Integer.parseInt(words[i]);
            Operator operator = Operator.valueOf(words[i + 1]);
            long a = Long.parseUnsignedLong(words[i + 2]);
            long b = Long.parseUnsignedLong(words[i + 3]);
            Comparison comparison =
                    operator == Operator.MASKED_EQ ? Comparison.masked(index, a, b) : Comparison.of(index, operator, a);
            boolean narrow = kernelWidths && Signatures.bits(Abi.X86_64, words[2], index) == 32;
            comparisons.add(narrow ? comparison.narrowed() : comparison);
        }
        return Rule.of(words[2], new Condition(comparisons), profileAction(words[1]));
    }

    /** Shares of calls, by number on x86-64. */
    static Map<Syscall, Double> frequencies() {
        Map<Syscall, Double> weights = new HashMap<>();
        try (InputStream in = open("syscall-frequency-sample.json")) {
            Map<?, ?> json = (Map<?, ?>) Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            json.forEach((name, share) -> SyscallTable.of(Abi.X86_64)
                    .number((String) name)
                    .ifPresent(number ->
                            weights.put(new Syscall(Abi.X86_64, number), Double.parseDouble(share.toString()))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return weights;
    }
}
