package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Policies in the hands of those for whom they are made: runc takes the JSON in a bundle, bubblewrap the compiled
 * filter. The command that was learned works, the call that was not learned is refused.
 */
class ConsumersTest {
    /** A static program, its arguments behind its path in the root file system, and what must be there. */
    private record Subject(String name, List<String> command, List<String> needs) {}

    private static final String SCRIPT =
            "n=0; while read l; do n=$((n+1)); done < /etc/passwd; (echo $n; echo b) | while read x; do echo got $x; done; exit 9";

    private static final List<Subject> SUBJECTS = List.of(
            new Subject("C, static", List.of("/mixed-static"), List.of()),
            new Subject("Go", List.of("/go-mixed", "hello"), List.of("go")),
            new Subject("busybox sh", List.of("/busybox", "sh", "-c", SCRIPT), List.of("busybox")));

    /** What runc itself calls between loading the filter and executing the program. */
    private static final Path OVERLAY =
            Project.ROOT.resolve("profiles/src/main/resources/dev/acktrace/profiles/overlays/runc.json");

    /** Number of getpgid, which none of the subjects makes. */
    private static final String NOT_LEARNED = "121";

    private static Path rootfs(Workspace workspace) throws IOException {
        Path root = Files.createDirectories(workspace.file("rootfs"));
        for (String name : List.of("mixed-static", "attempt")) {
            Files.copy(Guests.path(name), root.resolve(name));
        }
        if (Needs.missing(List.of("go")).isEmpty()) {
            Files.copy(Guests.path("go-mixed"), root.resolve("go-mixed"));
        }
        if (Needs.missing(List.of("busybox")).isEmpty()) {
            Files.copy(Path.of("/bin/busybox"), root.resolve("busybox"));
        }
        for (String name : List.of("proc", "tmp", "etc")) {
            Files.createDirectories(root.resolve(name));
        }
        Files.copy(Path.of("/etc/passwd"), root.resolve("etc/passwd"));
        return root;
    }

    /** Learns the subject outside of any container. */
    private static Finished learn(
            Workspace workspace, Path root, Path policy, List<String> options, List<String> command) {
        List<String> words = Acktrace.words("learn", "--backend", "trace", "-o", policy.toString());
        words.addAll(options);
        words.add("--");
        words.add(root + command.get(0));
        words.addAll(command.subList(1, command.size()));
        return Sandbox.run(words, workspace.fresh(), "", Duration.ofSeconds(60));
    }

    private static List<String> contained(Path root, List<String> options) {
        List<String> words = new ArrayList<>(List.of(
                "bwrap", "--bind", root.toString(), "/", "--proc", "/proc", "--tmpfs", "/tmp", "--chdir", "/tmp"));
        words.addAll(options);
        return words;
    }

    @TestFactory
    Stream<DynamicTest> runc_takes_the_policy_as_it_is() {
        return SUBJECTS.stream().map(subject -> DynamicTest.dynamicTest(subject.name(), () -> runc(subject)));
    }

    private static void runc(Subject subject) throws IOException {
        Needs.orSkip("root", "runc");
        Needs.orSkip(subject.needs().toArray(String[]::new));
        try (Workspace workspace = Workspace.create("runc")) {
            Path root = rootfs(workspace);
            Finished free = runc(workspace, root, "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", subject.command());
            Path policy = workspace.file("p.json");
            Finished learned = learn(workspace, root, policy, List.of("--base", OVERLAY.toString()), subject.command());
            assertThat(learned.status()).as("%s", learned).isEqualTo(free.status());
            Finished confined = runc(workspace, root, Files.readString(policy), subject.command());
            assertThat(confined.stdout())
                    .as("%s", confined)
                    .isEqualTo(free.stdout())
                    .isNotEmpty();
            assertThat(confined.status()).as("%s", confined).isEqualTo(free.status());
            List<String> attempt = List.of("/attempt", NOT_LEARNED);
            assertThat(runc(workspace, root, "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}", attempt)
                            .status())
                    .isZero();
            Finished refused = runc(workspace, root, Files.readString(policy), attempt);
            assertThat(refused.status())
                    .as("errno of a call that was not learned: %s", refused)
                    .isEqualTo(1);
            workspace.good();
        }
    }

    private static Finished runc(Workspace workspace, Path root, String policy, List<String> command)
            throws IOException {
        return contained(workspace, List.of("runc"), root, policy, command);
    }

    private static String config(String words, Path root, String policy) {
        return """
                {"ociVersion": "1.0.2",
                 "process": {"terminal": false, "user": {"uid": 0, "gid": 0}, "args": [%s], "env": ["PATH=/"], "cwd": "/tmp",
                  "noNewPrivileges": true},
                 "root": {"path": "%s", "readonly": false},
                 "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                  {"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}],
                 "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"},
                  {"type": "network"}], "seccomp": %s}}
                """.formatted(words, root, policy);
    }

    /** Runs a command in a container of an OCI runtime. */
    private static Finished contained(
            Workspace workspace, List<String> runtime, Path root, String policy, List<String> command)
            throws IOException {
        Path bundle = workspace.fresh();
        String words = command.stream()
                .map(word -> '"' + word + '"')
                .reduce((a, b) -> a + ", " + b)
                .orElse("");
        Files.writeString(bundle.resolve("config.json"), config(words, root, policy));
        List<String> line = new ArrayList<>(runtime);
        line.addAll(List.of("--root", workspace.file("state").toString(), "run", "acktrace-" + UUID.randomUUID()));
        return Sandbox.run(line, bundle, "", Duration.ofSeconds(60));
    }

    /** Its process 1 is under the filter too; it ends with the status of the target only if it may wait for it. */
    @Test
    void with_its_overlay_bubblewrap_waits_for_the_target_in_a_pid_namespace() throws IOException {
        Needs.orSkip("bwrap");
        List<String> command = SUBJECTS.get(0).command();
        try (Workspace workspace = Workspace.create("bwrap-pid")) {
            Path root = rootfs(workspace);
            Path policy = workspace.file("p.json");
            Path filter = workspace.file("filter");
            Finished learned = learn(workspace, root, policy, List.of("--overlay", "bubblewrap"), command);
            Finished compiled = Acktrace.run(workspace.fresh(), "compile", policy.toString(), "-o", filter.toString());
            assertThat(compiled.status()).as("%s", compiled).isZero();
            List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" 9<" + filter, "sh"));
            words.addAll(contained(root, List.of("--unshare-pid", "--seccomp", "9")));
            Finished confined =
                    Sandbox.run(Acktrace.with(words, command), workspace.fresh(), "", Duration.ofSeconds(60));
            assertThat(confined.stdout())
                    .as("%s", confined)
                    .isEqualTo(learned.stdout())
                    .isNotEmpty();
            assertThat(confined.status()).as("%s", confined).isEqualTo(learned.status());
            Finished refused = Sandbox.run(
                    Acktrace.with(words, List.of("/attempt", NOT_LEARNED)),
                    workspace.fresh(),
                    "",
                    Duration.ofSeconds(60));
            assertThat(refused.status()).as("%s", refused).isEqualTo(1);
            workspace.good();
        }
    }

    @TestFactory
    Stream<DynamicTest> bubblewrap_takes_the_compiled_filter() {
        return SUBJECTS.stream().map(subject -> DynamicTest.dynamicTest(subject.name(), () -> bubblewrap(subject)));
    }

    private static void bubblewrap(Subject subject) throws IOException {
        Needs.orSkip("bwrap");
        Needs.orSkip(subject.needs().toArray(String[]::new));
        try (Workspace workspace = Workspace.create("bwrap")) {
            Path root = rootfs(workspace);
            Path policy = workspace.file("p.json");
            Path filter = workspace.file("filter");
            List<String> free = contained(root, List.of());
            Finished expected =
                    Sandbox.run(Acktrace.with(free, subject.command()), workspace.fresh(), "", Duration.ofSeconds(60));
            Finished learned = learn(workspace, root, policy, List.of(), subject.command());
            assertThat(learned.stdout())
                    .as("%s", learned)
                    .isEqualTo(expected.stdout())
                    .isNotEmpty();
            Finished compiled = Acktrace.run(workspace.fresh(), "compile", policy.toString(), "-o", filter.toString());
            assertThat(compiled.status()).as("%s", compiled).isZero();
            Finished confined = confined(workspace, root, filter, subject.command());
            assertThat(confined.stdout()).as("%s", confined).isEqualTo(expected.stdout());
            assertThat(confined.status()).as("%s", confined).isEqualTo(expected.status());
            Finished refused = confined(workspace, root, filter, List.of("/attempt", NOT_LEARNED));
            assertThat(refused.status())
                    .as("errno of a call that was not learned: %s", refused)
                    .isEqualTo(1);
            workspace.good();
        }
    }

    private static Finished confined(Workspace workspace, Path root, Path filter, List<String> command) {
        List<String> words = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" 9<" + filter, "sh"));
        words.addAll(contained(root, List.of("--seccomp", "9")));
        words.addAll(command);
        return Sandbox.run(words, workspace.fresh(), "", Duration.ofSeconds(60));
    }
}
