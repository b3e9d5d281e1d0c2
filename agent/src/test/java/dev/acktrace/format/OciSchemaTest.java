package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every OCI policy that is written fits the specification's schema; its facts stand in {@code oci-seccomp.csv}. */
class OciSchemaTest {
    private static final Path PROFILES = Path.of("../profiles");

    private record Fact(String type, boolean required, String least, String most) {}

    private static Map<String, Fact> facts() {
        try (InputStream in = Objects.requireNonNull(OciSchemaTest.class.getResourceAsStream("/oci-seccomp.csv"))) {
            Map<String, Fact> facts = new LinkedHashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\\|", -1))
                    .forEach(f -> facts.put(
                            f[0].trim(), new Fact(f[1].trim(), f[2].trim().equals("yes"), f[3].trim(), f[4].trim())));
            return facts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Walks a document beside the facts and collects what does not fit. */
    private static final class Walk {
        private final Map<String, Fact> facts = facts();
        private final List<String> problems = new ArrayList<>();
        private final JsonParser parser;

        Walk(JsonParser parser) {
            this.parser = parser;
        }

        void value(String path) throws IOException {
            Fact fact = facts.get(path);
            JsonToken token = parser.currentToken();
            if (fact == null) {
                problems.add(path + " is no member that the specification knows");
                parser.skipChildren();
                return;
            }
            switch (token) {
                case START_OBJECT -> object(path, fact);
                case START_ARRAY -> array(path, fact);
                case VALUE_STRING -> {
                    expect(path, fact, "string");
                    Set<String> allowed = Set.of(fact.most().split(" "));
                    if (!fact.most().isEmpty() && !allowed.contains(parser.getText())) {
                        problems.add(path + " is " + parser.getText());
                    }
                }
                case VALUE_NUMBER_INT -> {
                    expect(path, fact, "integer");
                    BigInteger number = parser.getBigIntegerValue();
                    if (number.signum() < 0 || number.compareTo(new BigInteger(fact.most())) > 0) {
                        problems.add(path + " is " + number);
                    }
                }
                default -> problems.add(path + " is " + token);
            }
        }

        private void expect(String path, Fact fact, String type) {
            if (!fact.type().equals(type)) {
                problems.add(path + " is of type " + type);
            }
        }

        private void object(String path, Fact fact) throws IOException {
            expect(path, fact, "object");
            Set<String> seen = new HashSet<>();
            String before = path.isEmpty() ? "" : path + ".";
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String member = before + parser.currentName();
                if (!seen.add(member)) {
                    problems.add(member + " is given twice");
                }
                parser.nextToken();
                value(member);
            }
            facts.forEach((member, of) -> {
                boolean direct = member.startsWith(before)
                        && !member.equals(path)
                        && member.substring(before.length()).matches("[A-Za-z]+");
                if (direct && of.required() && !seen.contains(member)) {
                    problems.add(member + " is missing");
                }
            });
        }

        private void array(String path, Fact fact) throws IOException {
            expect(path, fact, "array");
            int count = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                value(path + "[]");
                count++;
            }
            if (fact.type().equals("array") && count < Integer.parseInt(fact.least())) {
                problems.add(path + " has " + count + " elements");
            }
        }
    }

    private static List<String> problems(String json) throws IOException {
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            parser.nextToken();
            Walk walk = new Walk(parser);
            walk.value("");
            assertThat(parser.nextToken()).as("what follows the policy").isNull();
            return walk.problems;
        }
    }

    @Test
    void exported_policies_fit_the_schema() throws IOException, FormatException {
        RandomPolicies random = new RandomPolicies(20261126);
        for (int i = 0; i < 400; i++) {
            Policy policy = random.next(List.of(Operator.values()), true);
            String json = Format.OCI.write(policy, ExportOptions.DEFAULT).text();
            assertThat(problems(json)).as(json).isEmpty();
        }
    }

    @Test
    void whatever_a_policy_can_say_fits_the_schema() throws IOException, FormatException {
        List<Rule> rules = new ArrayList<>();
        List<String> names = List.of("read", "open", "close", "stat", "poll", "lseek", "mmap", "brk", "pipe");
        for (Action.Kind kind : Action.Kind.values()) {
            rules.add(Rule.of(names.get(rules.size()), new Action(kind, 0)));
        }
        for (Abi abi : Abi.values()) {
            Policy policy = new Policy(
                    Action.errno(4095),
                    List.of(abi),
                    rules,
                    Optional.of(EnumSet.allOf(FilterFlag.class)),
                    Optional.of(new Policy.Listener("/run/listener", "some words")));
            String json = Format.OCI.write(policy, ExportOptions.DEFAULT).text();
            assertThat(problems(json)).as(json).isEmpty();
        }
    }

    @Test
    void starter_policies_and_overlays_fit_the_schema() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String folder : List.of("starter", "src/main/resources/dev/acktrace/profiles/overlays")) {
            try (Stream<Path> all = Files.list(PROFILES.resolve(folder))) {
                all.filter(file -> file.toString().endsWith(".json")
                                && !file.toString().endsWith(".header.json"))
                        .forEach(files::add);
            }
        }
        assertThat(files).hasSizeGreaterThan(9);
        for (Path file : files) {
            assertThat(problems(Files.readString(file))).as(file.toString()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | defaultAction is missing",
                "{'defaultAction':'SCMP_ACT_ALOW'} | defaultAction is SCMP_ACT_ALOW",
                "{'defaultAction':'SCMP_ACT_LOG','x':1} | x is no member that the specification knows",
                "{'defaultAction':'SCMP_ACT_LOG','syscalls':[{'names':[],'action':'SCMP_ACT_LOG'}]} | syscalls[].names has 0 elements",
                "{'defaultAction':'SCMP_ACT_LOG','syscalls':[{'names':['read']}]} | syscalls[].action is missing",
                "{'defaultAction':'SCMP_ACT_LOG','defaultErrnoRet':-1} | defaultErrnoRet is -1",
                "{'defaultAction':'SCMP_ACT_LOG','architectures':['x86']} | architectures[] is x86",
            })
    void what_does_not_fit_is_seen(String json, String problem) throws IOException {
        assertThat(problems(json.replace('\'', '"'))).containsExactly(problem);
    }
}
