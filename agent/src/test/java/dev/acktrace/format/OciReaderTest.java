package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.Comparison;
import dev.acktrace.policy.Condition;
import dev.acktrace.policy.FilterFlag;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.syscall.Abi;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OciReaderTest {
    private static final HostFacts HOST = new HostFacts(Abi.X86_64, HostFacts.DEFAULT_CAPABILITIES, 6, 18);
    private static final OciOptions OPTIONS = new OciOptions(HOST, false, OciOptions.Reading.OCI);

    private static Imported read(String json) throws FormatException {
        return OciReader.read(json.replace('\'', '"'), "p.json", OPTIONS);
    }

    private static Policy entry(String entry) throws FormatException {
        return read("{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[" + entry + "]}")
                .policy();
    }

    private static FormatException failure(String json) {
        FormatException failure = catchThrowableOfType(FormatException.class, () -> read(json));
        assertThat(failure).as(json).isNotNull();
        return failure;
    }

    @Test
    void names_become_rules_and_the_default_errno_is_eperm() throws FormatException {
        Policy policy = entry("{'names':['write','read'],'action':'SCMP_ACT_ALLOW'}");
        assertThat(policy.defaultAction()).isEqualTo(Action.errno(1));
        assertThat(policy.rules()).containsExactly(Rule.of("read", Action.ALLOW), Rule.of("write", Action.ALLOW));
        assertThat(policy.architectures()).containsExactly(Abi.X86_64);
    }

    @Test
    void of_masked_eq_the_mask_is_value_and_the_wanted_value_is_value_two() throws FormatException {
        Policy policy = entry("{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':2114060288,"
                + "'valueTwo':0,'op':'SCMP_CMP_MASKED_EQ'}]}");
        assertThat(policy.rules().get(0).condition()).isEqualTo(Condition.of(Comparison.masked(0, 2114060288L, 0)));
    }

    @Test
    void values_are_unsigned_64_bit_numbers() throws FormatException {
        Policy policy = entry("{'names':['personality'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,"
                + "'value':18446744073709551615,'op':'SCMP_CMP_EQ'}]}");
        assertThat(policy.rules().get(0).condition()).isEqualTo(Condition.of(Comparison.of(0, Operator.EQ, -1L)));
        String around = "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW',"
                + "'args':[{'index':0,'op':'SCMP_CMP_EQ','value':%s}]}]}";
        assertThat(failure(around.formatted("-1")).problem()).contains("unsigned");
        assertThat(failure(around.formatted("18446744073709551616")).problem()).contains("unsigned");
        assertThat(failure(around.formatted("1.0")).problem()).contains("fraction");
        assertThat(failure(around.formatted("'1'")).problem()).contains("a string");
    }

    @Test
    void a_repeated_index_means_alternatives() throws FormatException {
        Imported imported = read("{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],"
                + "'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'},"
                + "{'index':0,'value':2,'op':'SCMP_CMP_EQ'},{'index':2,'value':9,'op':'SCMP_CMP_GT'}]}]}");
        assertThat(imported.policy().rules()).hasSize(3);
        assertThat(imported.warnings())
                .singleElement()
                .asString()
                .contains("alternative")
                .startsWith("p.json:1:");
    }

    @Test
    void a_rule_equal_to_the_default_is_void() throws FormatException {
        Imported imported = read("{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,'syscalls':["
                + "{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':38},"
                + "{'names':['write'],'action':'SCMP_ACT_ERRNO'}]}");
        assertThat(imported.policy().rules()).containsExactly(Rule.of("write", Action.errno(1)));
        assertThat(imported.warnings()).hasSize(1);
    }

    @Test
    void an_errno_of_zero_is_kept_and_trace_takes_one() throws FormatException {
        Policy policy = entry("{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':0},"
                + "{'names':['write'],'action':'SCMP_ACT_TRACE','errnoRet':7},"
                + "{'names':['open'],'action':'SCMP_ACT_TRACE'}");
        assertThat(policy.rules())
                .extracting(Rule::action)
                .containsExactlyInAnyOrder(Action.errno(0), Action.trace(7), Action.trace(1));
    }

    @Test
    void an_errno_for_an_action_without_one_is_refused_except_by_runc() throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW',"
                + "'errnoRet':1}]}";
        assertThat(failure(json).problem()).contains("takes none");
        Imported imported =
                OciReader.read(json.replace('\'', '"'), "p.json", OPTIONS.withReading(OciOptions.Reading.RUNC));
        assertThat(imported.policy().rules()).containsExactly(Rule.of("read", Action.ALLOW));
        assertThat(imported.warnings()).hasSize(1);
    }

    @Test
    void podman_s_errno_by_name_wins_over_the_number() throws FormatException {
        Policy policy =
                read("{'defaultAction':'SCMP_ACT_ERRNO','defaultErrno':'ENOSYS','defaultErrnoRet':1,'syscalls':["
                                + "{'names':['read'],'action':'SCMP_ACT_ERRNO','errnoRet':5,'errno':'EPERM'},"
                                + "{'names':['write'],'action':'SCMP_ACT_ERRNO','errno':'13'}]}")
                        .policy();
        assertThat(policy.defaultAction()).isEqualTo(Action.errno(38));
        assertThat(policy.rules())
                .containsExactly(Rule.of("read", Action.errno(1)), Rule.of("write", Action.errno(13)));
    }

    @Test
    void runtimes_cover_the_native_architecture_even_if_it_is_not_listed() throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86']}".replace('\'', '"');
        assertThat(OciReader.read(json, "p.json", OPTIONS).policy().architectures())
                .containsExactly(Abi.X86);
        for (OciOptions.Reading runtime : List.of(OciOptions.Reading.RUNC, OciOptions.Reading.CRUN)) {
            assertThat(OciReader.read(json, "p.json", OPTIONS.withReading(runtime))
                            .policy()
                            .architectures())
                    .containsExactly(Abi.X86_64, Abi.X86);
        }
    }

    @Test
    void of_arch_map_only_the_host_s_row_counts() throws FormatException {
        assertThat(read("{'defaultAction':'SCMP_ACT_ERRNO','archMap':[{'architecture':'SCMP_ARCH_X86_64',"
                                + "'subArchitectures':['SCMP_ARCH_X86','SCMP_ARCH_X32']},{'architecture':'SCMP_ARCH_AARCH64',"
                                + "'subArchitectures':['SCMP_ARCH_ARM']},{'architecture':'SCMP_ARCH_MIPS64N32','subArchitectures':"
                                + "['SCMP_ARCH_MIPS']}]}")
                        .policy()
                        .architectures())
                .containsExactly(Abi.X86_64, Abi.X86, Abi.X32);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'includes':{'caps':['CAP_SYS_ADMIN']} | false",
                "'includes':{'caps':['CAP_CHOWN','CAP_KILL']} | true",
                "'includes':{'caps':['CAP_CHOWN','CAP_SYS_ADMIN']} | false",
                "'excludes':{'caps':['CAP_CHOWN','CAP_SYS_ADMIN']} | false",
                "'excludes':{'caps':['CAP_SYS_ADMIN']} | true",
                "'includes':{'arches':['amd64','x32']} | true",
                "'includes':{'arches':['arm64']} | false",
                "'excludes':{'arches':['amd64']} | false",
                "'excludes':{'arches':['s390','s390x']} | true",
                "'includes':{'minKernel':'4.8'} | true",
                "'includes':{'minKernel':'6.18'} | true",
                "'includes':{'minKernel':'6.19'} | false",
                "'excludes':{'minKernel':'4.8'} | false",
                "'includes':{'minKernel':'4.8'},'excludes':{'caps':['CAP_CHOWN']} | false",
                "'includes':{},'excludes':{} | true",
                "'includes':null,'excludes':null | true",
            })
    void conditional_entries_are_resolved_against_the_host(String conditions, boolean kept) throws FormatException {
        Policy policy = entry("{'names':['read'],'action':'SCMP_ACT_ALLOW'," + conditions + "}");
        assertThat(policy.rules()).hasSize(kept ? 1 : 0);
    }

    @Test
    void flags_that_are_absent_and_flags_that_are_empty_differ() throws FormatException {
        assertThat(read("{'defaultAction':'SCMP_ACT_ALLOW'}").policy().flags()).isEmpty();
        assertThat(read("{'defaultAction':'SCMP_ACT_ALLOW','flags':[]}")
                        .policy()
                        .flags())
                .contains(Set.of());
        assertThat(read("{'defaultAction':'SCMP_ACT_ALLOW','flags':['SECCOMP_FILTER_FLAG_LOG']}")
                        .policy()
                        .flags())
                .contains(Set.of(FilterFlag.LOG));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | \"defaultAction\" is missing",
                "{'syscalls':[]} | \"defaultAction\" is missing",
                "[] | must be an object",
                "{'defaultAction':'SCMP_ACT_ALOW'} | no action",
                "{'defaultAction':'SCMP_ACT_NOTIFY'} | would wait for its supervisor",
                "{'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1} | takes none",
                "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096} | outside 0 to 4095",
                "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':-1} | outside 0 to 65535",
                "{'defaultAction':'SCMP_ACT_ERRNO','defaultAction':'SCMP_ACT_ALLOW'} | given twice",
                "{'defaultAction':'SCMP_ACT_ERRNO','unknown':1} | no member",
                "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_Z80']} | no architecture",
                "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86'],'archMap':[{'architecture':'SCMP_ARCH_X86'}]} | contradict",
                "{'defaultAction':'SCMP_ACT_ERRNO','flags':['TSYNC']} | no flag",
                "{'defaultAction':'SCMP_ACT_ERRNO','listenerMetadata':'x'} | without \"listenerPath\"",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':[],'action':'SCMP_ACT_ALLOW'}]} | names no call",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read']}]} | no \"action\"",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'name':'read','names':['read'],'action':'SCMP_ACT_LOG'}]} | both given",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['raed'],'action':'SCMP_ACT_ALLOW'}]} | no architecture has a call",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['write'],'action':'SCMP_ACT_NOTIFY'}],'listenerPath':'/x'} | hand over the listener",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':6,'value':1,'op':'SCMP_CMP_EQ'}]}]} | outside 0 to 5",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':1,'op':'SCMP_CMP_EQ'}]}]} | needs",
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW','args':[{'index':1,'value':1,'op':'EQ'}]}]} | no operator",
                "{'defaultAction':'SCMP_ACT_ERRNO'} {} | more text",
                "{'defaultAction':'SCMP_ACT_ERRNO' | not JSON",
                "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrno':'ENOTHING'} | no error",
            })
    void what_cannot_be_relied_on_is_refused_with_its_place(String json, String problem) {
        FormatException failure = failure(json);
        assertThat(failure.problem()).contains(problem).doesNotContain("REDACTED");
        assertThat(failure.getMessage()).startsWith("p.json:1:");
        assertThat(failure.column()).isPositive();
        assertThat(failure.remedy()).isNotBlank();
    }

    @Test
    void an_unknown_name_is_told_with_line_and_column_and_a_neighbour() {
        FormatException failure = failure("""
                {
                  'defaultAction': 'SCMP_ACT_ERRNO',
                  'syscalls': [{'names': ['read',
                     'opneat'], 'action': 'SCMP_ACT_ALLOW'}]
                }
                """);
        assertThat(failure.line()).isEqualTo(4);
        assertThat(failure.column()).isEqualTo(6);
        assertThat(failure.remedy()).contains("\"openat\"").contains("--lenient");
    }

    @Test
    void lenient_reading_passes_over_unknown_names_and_nothing_else() throws FormatException {
        Imported imported = OciReader.read(
                "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[{\"names\":[\"read\",\"nonsense\"],"
                        + "\"action\":\"SCMP_ACT_ALLOW\"}]}",
                "p.json",
                OPTIONS.withLenient(true));
        assertThat(imported.policy().rules()).containsExactly(Rule.of("read", Action.ALLOW));
        assertThat(imported.warnings()).singleElement().asString().contains("nonsense");
        assertThatThrownBy(() -> OciReader.read("{\"x\":1}", "p.json", OPTIONS.withLenient(true)))
                .isInstanceOf(FormatException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void garbage_is_refused_and_nothing_else_happens(long seed) throws FormatException {
        Random random = new Random(seed);
        byte[] good = OciWriter.write(entry("{'names':['clone'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,"
                        + "'value':2114060288,'op':'SCMP_CMP_MASKED_EQ'}]},{'names':['read'],'action':'SCMP_ACT_LOG'}"))
                .text()
                .getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 2000; i++) {
            byte[] bad = good.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            try {
                OciReader.read(bad, "p.json", OPTIONS);
            } catch (FormatException expected) {
                assertThat(expected.problem()).isNotBlank();
            }
        }
    }

    @Test
    void deep_nesting_and_long_numbers_are_refused() {
        assertThat(failure("[".repeat(100_000)).problem()).isNotBlank();
        assertThat(failure("{'defaultAction':" + "[".repeat(5000)).problem()).isNotBlank();
        assertThat(failure("{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':" + "9".repeat(5000) + "}")
                        .problem())
                .isNotBlank();
    }

    @Test
    void what_is_written_is_read_as_the_same_policy() throws FormatException {
        Policy policy = new Policy(
                Action.errno(38),
                List.of(Abi.X86_64, Abi.X86),
                List.of(
                        Rule.of("read", Action.ALLOW),
                        Rule.of("write", Action.LOG),
                        Rule.of("ioctl", Condition.of(Comparison.of(1, Operator.EQ, -1L)), Action.ALLOW),
                        Rule.of("clone", Condition.of(Comparison.masked(0, 0x7e020000L, 0)), Action.ALLOW),
                        Rule.of("socket", Condition.of(Comparison.of(0, Operator.LT, 38)), Action.errno(13))),
                Optional.of(Set.of(FilterFlag.LOG)),
                Optional.empty());
        Exported exported = OciWriter.write(policy);
        assertThat(exported.losses()).isEmpty();
        assertThat(read(exported.text()).policy()).isEqualTo(policy);
        assertThat(OciWriter.write(read(exported.text()).policy()).text()).isEqualTo(exported.text());
    }
}
