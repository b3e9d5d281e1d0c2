package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes are: a policy, or the one exception that says what is wrong with them. */
class HostileInputTest {
    private static final int ROUNDS = 600;
    private static final OciOptions OPTIONS = new OciOptions(
            new HostFacts(Abi.X86_64, HostFacts.DEFAULT_CAPABILITIES, 6, 18), true, OciOptions.Reading.OCI);
    private static final String STRACE = """
            1201 execve("/bin/ls", ["ls"], 0x7ffd /* 20 vars */) = 0
            1201 [ Process PID=1201 runs in 32 bit mode. ]
            1201 openat(AT_FDCWD, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3
            1202 futex(0x55, FUTEX_WAIT, 0, NULL <unfinished ...>
            1202 <... futex resumed>) = 0
            1202 syscall_0x1ff(0, 1, 2) = -1 ENOSYS (Function not implemented)
            """;
    private static final String AUDIT = "type=SECCOMP msg=audit(1700000000.123:456): auid=1000 uid=0 gid=0 ses=1"
            + " pid=77 comm=\"x\" exe=\"/bin/x\" sig=31 arch=c000003e syscall=165 compat=0 ip=0x7f code=0x0\n";

    private interface Reader {
        Imported read(byte[] bytes) throws FormatException;
    }

    private static List<Reader> readers() {
        return List.of(
                bytes -> PolicyReader.read(bytes, "f", OPTIONS),
                bytes -> OciReader.read(bytes, "f", OPTIONS),
                bytes -> SpoReader.read(bytes, "f", OPTIONS),
                bytes -> MinijailReader.read(bytes, "f", OPTIONS, Includes.NONE),
                bytes -> TextReader.read(bytes, "f", OPTIONS),
                bytes -> LogReader.strace(bytes, "f", OPTIONS),
                bytes -> LogReader.audit(bytes, "f", OPTIONS));
    }

    private static List<byte[]> seeds() throws FormatException {
        List<byte[]> seeds = new ArrayList<>();
        RandomPolicies random = new RandomPolicies(3);
        for (int i = 0; i < 6; i++) {
            Policy policy = random.next(List.of(Operator.values()), true);
            for (Format format :
                    List.of(Format.OCI, Format.DOCKER, Format.PODMAN, Format.SPO, Format.MINIJAIL, Format.TEXT)) {
                seeds.add(format.write(policy, ExportOptions.DEFAULT).bytes());
            }
        }
        seeds.add(STRACE.getBytes(StandardCharsets.UTF_8));
        seeds.add(AUDIT.getBytes(StandardCharsets.UTF_8));
        seeds.add("{a, b}[arch=x]: { arg0 in ~(1|2) ; return EPERM, allow }\n".getBytes(StandardCharsets.UTF_8));
        return seeds;
    }

    private static byte[] mutate(byte[] seed, Random random) {
        List<String> words = List.of(
                "{",
                "}",
                "[",
                "]",
                "\"",
                ":",
                ",",
                "-1",
                "99999999999999999999",
                "~",
                "(",
                "||",
                "&& arg9",
                "\n",
                "\u0000",
                "null",
                "true",
                "&a *a",
                "!!set",
                "\\",
                "names",
                "args",
                "0x",
                "\ud800",
                "- - - ");
        byte[] bytes = seed.clone();
        int edits = 1 + random.nextInt(4);
        for (int i = 0; i < edits && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes = Arrays.copyOf(bytes, at);
                case 2 -> bytes = splice(bytes, at, at, words.get(random.nextInt(words.size())));
                case 3 -> {
                    int to = Math.min(bytes.length, at + random.nextInt(30));
                    bytes = splice(bytes, at, at, new String(bytes, at, to - at, StandardCharsets.ISO_8859_1));
                }
                default -> bytes = splice(bytes, at, Math.min(bytes.length, at + random.nextInt(9)), "");
            }
        }
        return bytes;
    }

    private static byte[] splice(byte[] bytes, int from, int to, String middle) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return (text.substring(0, from) + middle + text.substring(to)).getBytes(StandardCharsets.UTF_8);
    }

    private static void read(Reader reader, byte[] bytes) {
        try {
            Imported imported = reader.read(bytes);
            assertThat(imported.policy().architectures()).isNotEmpty();
        } catch (FormatException e) {
            assertThat(e.problem()).isNotBlank();
            assertThat(e.remedy()).isNotBlank();
        } catch (RuntimeException | StackOverflowError e) {
            fail("bytes " + new String(bytes, StandardCharsets.ISO_8859_1), e);
        }
    }

    @Test
    void mutated_policies_are_read_or_refused() throws FormatException {
        List<byte[]> seeds = seeds();
        Random random = new Random(41);
        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(5), () -> {
            for (int i = 0; i < ROUNDS; i++) {
                byte[] bytes = mutate(seeds.get(random.nextInt(seeds.size())), random);
                for (Reader reader : readers()) {
                    read(reader, bytes);
                }
            }
        });
    }

    @Test
    void noise_is_read_or_refused() {
        Random random = new Random(42);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            for (Reader reader : readers()) {
                read(reader, bytes);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(",
                "[",
                "{",
                "{\"a\":",
                "read: arg0 == (",
                "- ",
                "a: &a [*a,",
                "read: ~",
                "kind: SeccompProfile\nspec: {a: ["
            })
    void deep_nesting_ends_in_the_declared_exception(String open) {
        byte[] bytes = open.repeat(100_000).getBytes(StandardCharsets.UTF_8);
        for (Reader reader : readers()) {
            read(reader, bytes);
        }
    }

    @Test
    void many_tests_of_many_bits_are_refused_and_not_multiplied_out() {
        String line = "read: " + "arg0 & 0xffffffffffffffff && ".repeat(50) + "arg1 == 1\n";
        read(bytes -> MinijailReader.read(bytes, "f", OPTIONS, Includes.NONE), line.getBytes(StandardCharsets.UTF_8));
        String list = "read: {" + "arg0 & 0xffff; return 1, ".repeat(50) + "allow}\n";
        read(bytes -> MinijailReader.read(bytes, "f", OPTIONS, Includes.NONE), list.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_trace_allows_the_calls_that_are_in_it_for_the_mode_that_they_ran_in() throws FormatException {
        Imported imported = PolicyReader.read(STRACE.getBytes(StandardCharsets.UTF_8), "s", OPTIONS);
        assertThat(imported.named()).containsExactlyInAnyOrder("execve", "openat", "futex");
        assertThat(imported.policy().architectures()).containsExactly(Abi.X86_64, Abi.X86);
        assertThat(imported.warnings()).singleElement().asString().contains("x86_64 511");
    }

    @Test
    void audit_lines_name_the_call_by_number_and_architecture() throws FormatException {
        Imported imported = PolicyReader.read(AUDIT.getBytes(StandardCharsets.UTF_8), "a", OPTIONS);
        assertThat(imported.named()).containsExactly("mount");
        assertThat(imported.policy().architectures()).containsExactly(Abi.X86_64);
    }
}
