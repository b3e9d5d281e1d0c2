package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.SyscallTable;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What runc and crun make of an OCI policy, corner by corner. */
class OciRuntimesTest {
    private static Filters.Filter filter(Abi host, OciOptions.Reading reading, String json) throws FormatException {
        HostFacts facts = new HostFacts(host, HostFacts.DEFAULT_CAPABILITIES, 6, 18);
        Imported policy = OciReader.read(json.replace('\'', '"'), "p.json", new OciOptions(facts, true, reading));
        return Filters.of(policy, reading, Action.KILL_THREAD);
    }

    private static Filters.Filter filter(OciOptions.Reading reading, String json) throws FormatException {
        return filter(Abi.X86_64, reading, json);
    }

    private static Action answer(Filters.Filter filter, Abi abi, String call, long... arguments) {
        int number = SyscallTable.of(abi).number(call).orElseThrow();
        return Action.ofWord(filter.answer(SeccompData.of(abi, number, arguments)));
    }

    @ParameterizedTest
    @CsvSource({
        "SCMP_ACT_KILL, 0",
        "SCMP_ACT_KILL_THREAD, 0",
        "SCMP_ACT_KILL_PROCESS, 0x80000000",
        "SCMP_ACT_TRAP, 0x30000",
        "SCMP_ACT_ERRNO, 0x50001",
        "SCMP_ACT_TRACE, 0x7ff00001",
        "SCMP_ACT_LOG, 0x7ffc0000",
        "SCMP_ACT_NOTIFY, 0x7fc00000",
    })
    void actions_are_the_kernel_s_words(String action, String word) throws FormatException {
        Filters.Filter filter = filter(
                OciOptions.Reading.RUNC,
                "{'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/l','syscalls':[{'names':['read'],'action':'"
                        + action + "'}]}");
        assertThat(filter.answer(SeccompData.of(Abi.X86_64, 0)))
                .isEqualTo(Long.decode(word).intValue());
    }

    @ParameterizedTest
    @EnumSource(names = {"RUNC", "CRUN"})
    void an_architecture_that_is_not_listed_is_killed_whatever_the_default_says(OciOptions.Reading reading)
            throws FormatException {
        Filters.Filter filter = filter(reading, "{'defaultAction':'SCMP_ACT_ALLOW'}");
        assertThat(answer(filter, Abi.X86_64, "read")).isEqualTo(Action.ALLOW);
        assertThat(answer(filter, Abi.X86, "read")).isEqualTo(Action.KILL_THREAD);
        assertThat(answer(filter, Abi.X32, "read")).isEqualTo(Action.KILL_THREAD);
        assertThat(answer(filter, Abi.AARCH64, "read")).isEqualTo(Action.KILL_THREAD);
    }

    @ParameterizedTest
    @EnumSource(OciOptions.Reading.class)
    void what_says_the_default_takes_nothing_out_of_a_broader_rule(OciOptions.Reading reading) throws FormatException {
        Filters.Filter filter = filter(
                reading,
                "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86_64'],'syscalls':["
                        + "{'names':['socket'],'action':'SCMP_ACT_ALLOW'},"
                        + "{'names':['socket'],'action':'SCMP_ACT_ERRNO','errnoRet':1,'args':["
                        + "{'index':0,'value':16,'op':'SCMP_CMP_EQ'}]}]}");
        assertThat(answer(filter, Abi.X86_64, "socket", 16)).isEqualTo(Action.ALLOW);
    }

    @ParameterizedTest
    @EnumSource(OciOptions.Reading.class)
    void a_repeated_index_sets_every_condition_of_its_entry_free(OciOptions.Reading reading) throws FormatException {
        Filters.Filter filter = filter(
                reading,
                "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86_64'],'syscalls':[{'names':['socket'],"
                        + "'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':1,'op':'SCMP_CMP_EQ'},"
                        + "{'index':0,'value':2,'op':'SCMP_CMP_EQ'},{'index':2,'value':9,'op':'SCMP_CMP_EQ'}]}]}");
        assertThat(answer(filter, Abi.X86_64, "socket", 7, 0, 9)).isEqualTo(Action.ALLOW);
        assertThat(answer(filter, Abi.X86_64, "socket", 2, 0, 0)).isEqualTo(Action.ALLOW);
        assertThat(answer(filter, Abi.X86_64, "socket", 7, 0, 0)).isEqualTo(Action.errno(1));
    }

    @ParameterizedTest
    @CsvSource({
        // libseccomp 2.5.4 answers these for the same file: the test of the first argument gives way to the number.
        "socketcall, 1, 0, ALLOW",
        "socketcall, 2, 0, ERRNO(1)",
        "socketcall, 5, 0, ERRNO(2)",
        "socketcall, 18, 7, ERRNO(3)",
        "socketcall, 18, 6, ERRNO(1)",
        "socketcall, 9, 0, LOG",
        "ipc, 1, 0, LOG",
        "ipc, 4, 0, ERRNO(1)",
        "socket, 2, 0, ALLOW",
        "socket, 3, 0, ERRNO(1)",
    })
    void on_32_bit_x86_a_rule_for_a_socket_call_is_also_one_for_socketcall(
            String call, long first, long second, String expected) throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86'],'syscalls':["
                + "{'names':['socket'],'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':2,'op':'SCMP_CMP_EQ'}]},"
                + "{'names':['accept'],'action':'SCMP_ACT_ERRNO','errnoRet':2},"
                + "{'names':['accept4'],'action':'SCMP_ACT_ERRNO','errnoRet':3,'args':["
                + "{'index':1,'value':7,'op':'SCMP_CMP_EQ'}]},"
                + "{'names':['send','semop'],'action':'SCMP_ACT_LOG'}]}";
        for (OciOptions.Reading reading : List.of(OciOptions.Reading.RUNC, OciOptions.Reading.CRUN)) {
            assertThat(answer(filter(reading, json), Abi.X86, call, first, second))
                    .hasToString(expected);
        }
        assertThat(answer(filter(OciOptions.Reading.OCI, json), Abi.X86, "socketcall", 1))
                .isEqualTo(Action.errno(1));
        assertThat(answer(filter(OciOptions.Reading.CRUN, json), Abi.X86_64, "read"))
                .isEqualTo(Action.errno(1));
    }

    @Test
    void for_runc_a_socket_call_is_not_the_newest_of_32_bit_x86() throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86'],"
                + "'syscalls':[{'names':['mkdir','socket'],'action':'SCMP_ACT_ALLOW'}]}";
        assertThat(answer(filter(OciOptions.Reading.RUNC, json), Abi.X86, "getrandom"))
                .isEqualTo(Action.errno(38));
        assertThat(answer(filter(OciOptions.Reading.CRUN, json), Abi.X86, "getrandom"))
                .isEqualTo(Action.errno(1));
    }

    @ParameterizedTest
    @EnumSource(names = {"RUNC", "CRUN"})
    void the_compiled_filter_is_the_one_that_the_runtime_would_install(OciOptions.Reading reading) throws Exception {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86','SCMP_ARCH_X32'],"
                + "'syscalls':[{'names':['mkdir','socket'],'action':'SCMP_ACT_ALLOW'}]}";
        Imported policy = OciReader.read(
                json.replace('\'', '"'), "p.json", OciOptions.strict().withReading(reading));
        Program program = Compiler.compile(Runtimes.plan(policy, reading, Action.KILL_THREAD), CompileOptions.SMALL);
        Filters.Filter filter = Filters.of(policy, reading, Action.KILL_THREAD);
        for (int arch : List.of(Abi.X86.auditArch(), Abi.X86_64.auditArch(), Abi.ARM.auditArch())) {
            for (int number : new int[] {0, 39, 83, 84, 102, 359, 0x40000053, 0x40000054, 0x80000000, -1}) {
                SeccompData call = new SeccompData(arch, number, 0, new long[] {1});
                assertThat(Interpreter.run(program, call).word()).isEqualTo(filter.answer(call));
            }
        }
    }

    @Test
    void a_member_that_nobody_knows_is_ignored_and_told_with_what_may_have_been_meant() throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','sycalls':[{'names':[[]]}],'syscalls':[{'names':['read'],"
                + "'action':'SCMP_ACT_ALLOW','why':null,'note':{'a':1},'args':[{'index':0,'value':1,"
                + "'op':'SCMP_CMP_EQ','size':4}]}]}";
        Imported read = OciReader.read(
                json.replace('\'', '"'), "p.json", OciOptions.strict().withLenient(true));
        assertThat(read.policy().rules()).hasSize(1);
        assertThat(read.warnings())
                .extracting(Warning::message)
                .anyMatch(text -> text.contains("perhaps \"syscalls\""));
        assertThat(read.warnings()).hasSize(3);
        assertThatThrownBy(() -> OciReader.read(json.replace('\'', '"'), "p.json", OciOptions.strict()))
                .hasMessageContaining("sycalls");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':[],'action':'SCMP_ACT_LOG'}]} | RUNC",
                "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':[''],'action':'SCMP_ACT_LOG'}]} | OCI CRUN",
                "{} | RUNC",
                "{'defaultAction':'SCMP_ACT_NOTIFY','listenerPath':'/l'} | CRUN",
                "{'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/l',"
                        + "'syscalls':[{'names':['write'],'action':'SCMP_ACT_NOTIFY'}]} | CRUN",
                "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],'action':'SCMP_ACT_LOG',"
                        + "'args':[{'op':'SCMP_CMP_NE'}]}]} | RUNC",
                "{'defaultAction':'SCMP_ACT_ALLOW','architectures':[],'archMap':[{'architecture':'SCMP_ARCH_X86_64'}]}"
                        + " | OCI RUNC CRUN",
                "{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_X86'],"
                        + "'archMap':[{'architecture':'SCMP_ARCH_X86_64'}]} | -",
                "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'name':'read','names':[],'action':'SCMP_ACT_LOG'}]}"
                        + " | OCI RUNC CRUN",
                "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'name':'read','names':['read'],"
                        + "'action':'SCMP_ACT_LOG'}]} | -",
                "{'defaultAction':'SCMP_ACT_TRACE','defaultErrnoRet':65535} | OCI RUNC CRUN",
                "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':4096} | -",
                "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrno':'','defaultErrnoRet':5} | OCI RUNC CRUN",
            })
    void who_takes_what(String json, String readers) {
        for (OciOptions.Reading reading : OciOptions.Reading.values()) {
            ThrowingCallable reads = () -> filter(reading, json);
            if (readers.contains(reading.name())) {
                assertThatCode(reads).describedAs(reading + " " + json).doesNotThrowAnyException();
            } else {
                assertThatThrownBy(reads).describedAs(reading + " " + json).isInstanceOf(FormatException.class);
            }
        }
    }

    @Test
    void names_of_other_architectures_hold_there_alone() throws FormatException {
        Filters.Filter filter = filter(
                OciOptions.Reading.CRUN,
                "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86'],"
                        + "'syscalls':[{'names':['_llseek','nonsense'],'action':'SCMP_ACT_ALLOW'}]}");
        assertThat(answer(filter, Abi.X86, "_llseek")).isEqualTo(Action.ALLOW);
        for (int number = 0; number < 600; number++) {
            assertThat(Action.ofWord(filter.answer(SeccompData.of(Abi.X86_64, number))))
                    .isEqualTo(Action.errno(1));
        }
    }

    @Test
    void runc_counts_every_name_for_what_is_too_new_whatever_its_action_and_no_name_that_nobody_knows()
            throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW'},"
                + "{'names':['futex_waitv','nonsense'],'action':'SCMP_ACT_ERRNO'}]}";
        Filters.Filter runc = filter(OciOptions.Reading.RUNC, json);
        assertThat(answer(runc, Abi.X86_64, "futex_waitv")).isEqualTo(Action.errno(1));
        assertThat(answer(runc, Abi.X86_64, "set_mempolicy_home_node")).isEqualTo(Action.errno(38));
        assertThat(answer(runc, Abi.X86_64, "openat2")).isEqualTo(Action.errno(1));
        Filters.Filter crun = filter(OciOptions.Reading.CRUN, json);
        assertThat(answer(crun, Abi.X86_64, "set_mempolicy_home_node")).isEqualTo(Action.errno(1));
    }

    @ParameterizedTest
    @CsvSource({"SCMP_ACT_ALLOW, ALLOW", "SCMP_ACT_LOG, LOG", "SCMP_ACT_TRACE, TRACE(1)"})
    void where_the_default_executes_runc_takes_nothing_for_too_new(String standard, String action)
            throws FormatException {
        Filters.Filter filter = filter(
                OciOptions.Reading.RUNC,
                "{'defaultAction':'" + standard + "','syscalls':[{'names':['read'],'action':'SCMP_ACT_ERRNO'}]}");
        assertThat(answer(filter, Abi.X86_64, "mseal"))
                .isEqualTo(Action.parse(action).orElseThrow());
    }

    @Test
    void for_runc_x32_has_a_newest_call_of_its_own_and_none_if_it_is_not_listed() throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86_64'%s],"
                + "'syscalls':[{'names':['read'],'action':'SCMP_ACT_ALLOW'}]}";
        SeccompData x32 = SeccompData.of(Abi.X32, 400);
        Filters.Filter both = filter(OciOptions.Reading.RUNC, json.formatted(",'SCMP_ARCH_X32'"));
        // The largest x32 number that is named is 0, which is none.
        assertThat(Action.ofWord(both.answer(SeccompData.of(Abi.X86_64, 400)))).isEqualTo(Action.errno(1));
        Filters.Filter alone =
                filter(OciOptions.Reading.RUNC, json.formatted("").replace("read", "mkdir"));
        assertThat(Action.ofWord(alone.answer(x32))).isEqualTo(Action.KILL_THREAD);
        assertThat(Action.ofWord(alone.answer(SeccompData.of(Abi.X86_64, 400)))).isEqualTo(Action.errno(38));
    }

    @Test
    void for_runc_number_0_of_s390x_is_too_new() throws FormatException {
        Filters.Filter filter = filter(
                Abi.S390X,
                OciOptions.Reading.RUNC,
                "{'defaultAction':'SCMP_ACT_ERRNO','syscalls':[{'names':['mkdir'],'action':'SCMP_ACT_ALLOW'}]}");
        assertThat(Action.ofWord(filter.answer(SeccompData.of(Abi.S390X, 0)))).isEqualTo(Action.errno(38));
        assertThat(Action.ofWord(filter.answer(SeccompData.of(Abi.S390X, 1)))).isEqualTo(Action.errno(1));
    }

    @Test
    void an_errno_where_the_action_takes_none_is_refused_by_crun_and_passed_over_by_runc() throws FormatException {
        String json = "{'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':5}";
        assertThatThrownBy(() -> filter(OciOptions.Reading.CRUN, json)).isInstanceOf(FormatException.class);
        assertThat(answer(filter(OciOptions.Reading.RUNC, json), Abi.X86_64, "read"))
                .isEqualTo(Action.ALLOW);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'architectures':['SCMP_ARCH_X86_64'],'archMap':[{'architecture':'SCMP_ARCH_X86_64','subArchitectures':[]}]",
                "'syscalls':[{'name':'read','names':['write'],'action':'SCMP_ACT_ALLOW'}]",
                "'listenerMetadata':'x'",
            })
    void contradictions_are_refused(String members) {
        assertThatThrownBy(() -> filter(OciOptions.Reading.RUNC, "{'defaultAction':'SCMP_ACT_ERRNO'," + members + "}"))
                .isInstanceOf(FormatException.class);
    }

    @Test
    void a_comparison_of_oci_looks_at_64_bits_and_at_32_on_32_bit_architectures() throws FormatException {
        Filters.Filter filter = filter(
                OciOptions.Reading.CRUN,
                "{'defaultAction':'SCMP_ACT_ERRNO','architectures':['SCMP_ARCH_X86'],'syscalls':[{'names':['personality'],"
                        + "'action':'SCMP_ACT_ALLOW','args':[{'index':0,'value':18446744073709551615,'op':'SCMP_CMP_EQ'}]}]}");
        assertThat(answer(filter, Abi.X86_64, "personality", 0xFFFF_FFFFL)).isEqualTo(Action.errno(1));
        assertThat(answer(filter, Abi.X86_64, "personality", -1L)).isEqualTo(Action.ALLOW);
        assertThat(answer(filter, Abi.X86, "personality", 0xFFFF_FFFFL)).isEqualTo(Action.ALLOW);
    }
}
