package dev.acktrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.acktrace.bpf.Interpreter;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.PlanDifference;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Action;
import dev.acktrace.policy.Operator;
import dev.acktrace.policy.Policy;
import dev.acktrace.policy.Rule;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the programs make of the files that are written for them. Those of minijail ({@code parse_seccomp_policy}, from
 * its sources) are no Debian package: they are asked if they are on the PATH.
 */
class ConsumersTest {
    private static final ExportOptions EXPORT = ExportOptions.DEFAULT.withAbi(Abi.X86_64);

    /** Order comparisons are left out: with several rules on one argument libseccomp 2.5 gets some of them wrong. */
    private static final List<Operator> TESTS = List.of(Operator.EQ, Operator.MASKED_EQ);

    @TempDir
    private Path directory;

    private record Ended(int status, String text) {}

    private static boolean has(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .anyMatch(folder -> new File(folder, program).canExecute());
    }

    private Ended run(Optional<Path> out, String... command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(directory, "out", ".log");
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.redirectInput(new File("/dev/null"));
        builder.redirectError(out.isPresent() ? log.toFile() : new File("/dev/null"));
        builder.redirectErrorStream(out.isEmpty());
        builder.redirectOutput(out.orElse(log).toFile());
        Process process = builder.start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ends in time").isTrue();
        return new Ended(process.exitValue(), Files.readString(log, StandardCharsets.ISO_8859_1));
    }

    /** A policy that lets a program of this machine start, and refuses two calls. */
    private static Policy working() {
        List<Rule> refused = List.of(
                Rule.of("mkdir", Action.errno(30)),
                Rule.of("mkdirat", Action.errno(30)),
                Rule.of("sync", Action.errno(30)));
        return Policy.of(Action.ALLOW, List.of(Abi.X86_64), refused);
    }

    @Test
    void libseccomp_builds_a_filter_that_answers_as_the_policy_does() throws Exception {
        assumeTrue(has("gcc") && Files.exists(Path.of("/usr/include/seccomp.h")), "gcc and libseccomp-dev");
        RandomPolicies random = new RandomPolicies(5);
        int compared = 0;
        for (int i = 0; i < 12; i++) {
            Policy policy = random.next(TESTS, false);
            Document document = Format.C.write(policy, EXPORT);
            Files.write(directory.resolve("p.c"), document.bytes());
            Ended built = run(
                    Optional.empty(),
                    "gcc",
                    "-Wall",
                    "-Wextra",
                    "-Werror",
                    "-DACKTRACE_EXPORT",
                    "-o",
                    "p",
                    "p.c",
                    "-lseccomp");
            assertThat(built.status()).as(built.text()).isZero();
            Path filter = directory.resolve("p.bpf");
            Ended exported = run(Optional.of(filter), "./p");
            if (exported.status() != 0 || exported.text().contains("does not know")) {
                // An older library does not know the newest calls; it says so.
                assertThat(exported.text()).contains("libseccomp does not know the call");
                continue;
            }
            Program program = Program.of(Files.readAllBytes(filter));
            if (document.losses().isEmpty()) {
                compared++;
                Policy back = FilterReader.explain(program, "p.bpf", Abi.X86_64).policy();
                assertThat(PlanDifference.between(
                                Plan.of(policy, Action.KILL_THREAD), Plan.of(back, Action.KILL_THREAD)))
                        .as(document.text())
                        .isEmpty();
                for (SeccompData call : random.edges(policy, Abi.X86_64, 6)) {
                    assertThat(Interpreter.run(program, call).action())
                            .as("%s%n%s", call, document.text())
                            .isEqualTo(policy.decide(call, Action.KILL_THREAD));
                }
            }
        }
        assertThat(compared).isPositive();
    }

    @Test
    void minijail_builds_a_filter_that_answers_as_the_policy_does() throws Exception {
        assumeTrue(has("parse_seccomp_policy"), "parse_seccomp_policy of minijail's sources is on the PATH");
        RandomPolicies random = new RandomPolicies(6);
        for (int i = 0; i < 40; i++) {
            Policy policy = random.next(List.of(Operator.values()), false);
            Document document = Format.MINIJAIL.write(policy, EXPORT);
            Policy read = MinijailReader.read(document.bytes(), "p.policy", OciOptions.strict(), Includes.NONE)
                    .policy();
            Files.write(directory.resolve("p.policy"), document.bytes());
            Path filter = directory.resolve("p.bpf");
            Ended built =
                    run(Optional.of(directory.resolve("log")), "parse_seccomp_policy", "--dump=p.bpf", "p.policy");
            if (built.text().contains("nonexistent syscall")) {
                continue;
            }
            assertThat(built.status()).as(built.text() + document.text()).isZero();
            Program program = Program.of(Files.readAllBytes(filter));
            for (SeccompData call : random.edges(policy, Abi.X86_64, 6)) {
                Action answer = Interpreter.run(program, call).action();
                Action meant = read.decide(call, Action.KILL_THREAD);
                assertThat(Substitution.executes(answer))
                        .as("%s%n%s", call, document.text())
                        .isEqualTo(Substitution.executes(meant));
            }
        }
    }

    @Test
    void bubblewrap_runs_a_program_under_a_compiled_filter() throws Exception {
        assumeTrue(has("bwrap"), "bubblewrap");
        Path filter = directory.resolve("p.bpf");
        Files.write(filter, Format.BPF.write(working(), EXPORT).bytes());
        String bwrap = "bwrap --dev-bind / / --seccomp 9 9<p.bpf -- ";
        Ended allowed = run(Optional.empty(), "sh", "-c", bwrap + "/bin/echo allowed");
        assumeTrue(allowed.status() == 0 || !allowed.text().contains("namespace"), "user namespaces are there");
        assertThat(allowed.text()).isEqualTo("allowed\n");
        Ended refused = run(Optional.empty(), "sh", "-c", bwrap + "/bin/mkdir made");
        assertThat(refused.status()).isNotZero();
        assertThat(refused.text()).contains("Read-only file system");
    }

    @Test
    void systemd_takes_the_drop_in_without_a_word() throws Exception {
        assumeTrue(has("systemd-analyze"), "systemd");
        RandomPolicies random = new RandomPolicies(8);
        for (int i = 0; i < 6; i++) {
            Policy policy = random.next(TESTS, true);
            String dropIn = Format.SYSTEMD.write(policy, EXPORT).text();
            Path unit = directory.resolve("acktrace-test-" + i + ".service");
            Files.writeString(unit, dropIn + "ExecStart=/bin/true\nType=oneshot\n");
            Ended verified = run(
                    Optional.empty(),
                    "systemd-analyze",
                    "verify",
                    "--man=no",
                    "--recursive-errors=no",
                    unit.toString());
            List<String> complaints = verified.text()
                    .lines()
                    .filter(line -> line.contains("acktrace-test-")
                            && !line.contains("not known, ignoring")
                            && !line.contains("Failed to parse system call"))
                    .toList();
            assertThat(complaints).as(dropIn).isEmpty();
        }
    }

    @Test
    void firejail_runs_a_program_under_the_lines_of_a_profile() throws Exception {
        assumeTrue(has("firejail"), "firejail");
        Path profile = directory.resolve("p.inc");
        Files.write(profile, Format.FIREJAIL.write(working(), EXPORT).bytes());
        Ended allowed = run(Optional.empty(), "firejail", "--quiet", "--profile=p.inc", "/bin/echo", "allowed");
        assumeTrue(allowed.status() == 0, "firejail works here: " + allowed.text());
        assertThat(allowed.text()).contains("allowed");
        Ended refused = run(Optional.empty(), "firejail", "--quiet", "--profile=p.inc", "/bin/mkdir", "made");
        assertThat(refused.status()).as(refused.text()).isNotZero();
        assertThat(Files.exists(directory.resolve("made"))).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"OCI", "DOCKER", "PODMAN"})
    void runc_and_crun_start_a_container_under_the_policy(Format format) throws Exception {
        String config = """
                {"ociVersion":"1.0.2","process":{"terminal":false,"user":{"uid":0,"gid":0},"args":["/bin/busybox","mkdir","/tmp/made"],
                "env":["PATH=/bin:/usr/bin"],"cwd":"/","noNewPrivileges":true},"root":{"path":"rootfs","readonly":true},
                "mounts":[{"destination":"/proc","type":"proc","source":"proc"},
                {"destination":"/tmp","type":"tmpfs","source":"tmpfs"}],
                "linux":{"namespaces":[{"type":"pid"},{"type":"mount"}],"seccomp":POLICY}}
                """;
        // Runtimes get what engines make of their own shapes: the policy without the names of errors.
        String policy = OciWriter.write(
                        PolicyReader.read(format.write(working(), EXPORT).bytes(), "p.json", OciOptions.strict())
                                .policy())
                .text();
        assumeTrue(Files.isExecutable(Path.of("/bin/busybox")), "busybox-static");
        for (String folder : List.of("bin", "proc", "tmp")) {
            Files.createDirectories(directory.resolve("rootfs").resolve(folder));
        }
        Files.copy(Path.of("/bin/busybox"), directory.resolve("rootfs/bin/busybox"));
        Files.writeString(directory.resolve("config.json"), config.replace("POLICY", policy));
        boolean started = false;
        for (String runtime : List.of("runc", "crun")) {
            if (!has(runtime)) {
                continue;
            }
            String id =
                    "acktrace-test-" + format.label() + ProcessHandle.current().pid();
            Ended ended = run(
                    Optional.empty(),
                    runtime,
                    "--root",
                    directory.resolve(runtime).toString(),
                    "run",
                    "--bundle",
                    ".",
                    id);
            if (ended.text().contains("mkdir:")) {
                started = true;
                assertThat(ended.text()).contains("Read-only file system");
                assertThat(ended.status()).isNotZero();
            }
        }
        assumeTrue(started, "containers can be started here");
    }
}
