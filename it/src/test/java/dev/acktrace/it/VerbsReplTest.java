package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every command of a session, on a real program: what it does, and what it says when it cannot. */
class VerbsReplTest {
    private static final Pattern ROW = Pattern.compile("(?m)^  ([a-z]+) {2,}\\S");

    @TempDir
    Path directory;

    private Set<String> verbs() throws Exception {
        try (ReplProcess repl = ReplProcess.start(directory)) {
            repl.send("help", "quit");
            assertThat(repl.end()).isZero();
            Set<String> names = new TreeSet<>();
            Matcher matcher = ROW.matcher(repl.out());
            while (matcher.find()) {
                names.add(matcher.group(1));
            }
            assertThat(names).contains("run", "enforce", "quit").hasSizeGreaterThan(30);
            return names;
        }
    }

    /** Lines that cannot be carried out without a target, without a question and without a policy, by verb. */
    private static Map<String, String> wrong() {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("run", "run -- /no/such/program");
        lines.put("attach", "attach x");
        lines.put("detach", "detach");
        lines.put("wait", "wait soon");
        lines.put("kill", "kill");
        lines.put("signal", "signal NOTHING");
        lines.put("mode", "mode sleep");
        lines.put("fg", "fg");
        lines.put("log", "log x");
        lines.put("status", "status x");
        lines.put("enforce", "enforce later");
        lines.put("seen", "seen --sort x");
        lines.put("show", "show conect");
        lines.put("why", "why #99");
        lines.put("explain", "explain conect");
        lines.put("phase", "phase a b");
        lines.put("report", "report x");
        lines.put("allow", "allow conect");
        lines.put("deny", "deny connect EWHAT");
        lines.put("args", "args conect");
        lines.put("question", "question");
        lines.put("answer", "answer allow");
        lines.put("undo", "undo");
        lines.put("redo", "redo");
        lines.put("note", "note #99 text");
        lines.put("history", "history x");
        lines.put("diff", "diff /no/such/policy");
        lines.put("save", "save /no/such/directory/p.json");
        lines.put("export", "export none");
        lines.put("compile", "compile /no/such/directory/p.bpf");
        lines.put("eval", "eval conect");
        lines.put("lint", "lint x");
        lines.put("doctor", "doctor x");
        lines.put("help", "help frobnicate");
        lines.put("set", "set nothing x");
        lines.put("source", "source /no/such/script");
        lines.put("quit", "quit later");
        return lines;
    }

    @Test
    void every_command_says_what_is_wrong_and_where() throws Exception {
        Map<String, String> wrong = wrong();
        assertThat(wrong.keySet()).as("a line for each command").containsExactlyInAnyOrderElementsOf(verbs());
        try (ReplProcess repl = ReplProcess.start(directory, "--keep-going")) {
            List<String> lines = List.copyOf(wrong.values());
            repl.send(lines.toArray(new String[0]));
            assertThat(repl.end()).isEqualTo(2);
            for (int i = 0; i < lines.size(); i++) {
                assertThat(repl.err()).as(lines.get(i)).contains("standard input, line " + (i + 1) + ", column ");
            }
        }
    }

    @Test
    void every_command_does_its_work_on_a_real_program() throws Exception {
        Files.writeString(directory.resolve("more"), "# lines of a file\nnote from a file\n");
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("help seen", "seen [TEXT]");
        lines.put("set", "errno ");
        lines.put("doctor", "kernel");
        lines.put("run -- /bin/sh -c 'echo out; ls /proc/self/fd | wc -l; sleep 1; stty </dev/null; true'", "");
        lines.put("wait 60", "exited with status 0");
        lines.put("status", "target    exited");
        lines.put("log 5", "");
        lines.put("phase second", "second ");
        lines.put("seen execve --sort time", "execve(");
        lines.put("show ioctl", "told apart by");
        lines.put("why openat", "learned: openat(");
        lines.put("explain openat", "openat: ALLOW");
        lines.put("args ioctl", "cmd");
        lines.put("args ioctl 1", "#1 allow ioctl: cmd");
        lines.put("deny connect EACCES --note outside", "#2 deny EACCES connect");
        lines.put("allow @time", "#3 allow ");
        lines.put("undo", "taken back: #3");
        lines.put("redo", "stands again: #3");
        lines.put("note #2 because", "");
        lines.put("history", "#2 deny EACCES connect - because");
        lines.put("source more", "");
        lines.put("diff", "+ allow openat");
        lines.put("eval connect 3 0 16", "ERRNO(13)");
        lines.put("eval read 0 0 0", "ALLOW");
        lines.put("lint", "");
        lines.put("report", "what this run did not do");
        lines.put("export systemd unit.conf", "");
        lines.put("compile filter.bpf", "");
        lines.put("enforce now --dry-run", "nothing of what was seen would have been refused");
        lines.put("save policy.json", "rules written to 'policy.json'");
        try (ReplProcess repl = ReplProcess.start(directory)) {
            for (Map.Entry<String, String> line : lines.entrySet()) {
                repl.send(line.getKey());
                repl.expect(line.getValue());
            }
            repl.send("quit 7");
            assertThat(repl.end()).as(repl.err()).isEqualTo(7);
        }
        assertThat(Files.readString(directory.resolve("unit.conf"))).contains("SystemCallFilter=");
        assertThat(Files.size(directory.resolve("filter.bpf"))).isPositive().matches(size -> size % 8 == 0);
        assertThat(Files.readString(directory.resolve("policy.json"))).contains("\"openat\"", "\"connect\"");
        assertThat(Files.readString(directory.resolve("policy.json.decisions.jsonl")))
                .contains("because", "from a file", "outside");
    }

    @Test
    void a_process_is_attached_to_learned_from_and_let_go() throws Exception {
        Process target = new ProcessBuilder("/bin/sh", "-c", "while :; do sleep 0.1; echo tick >>ticks; done")
                .directory(directory.toFile())
                .start();
        try (ReplProcess repl = ReplProcess.start(directory)) {
            repl.send("attach " + target.pid(), "status");
            repl.expect("target    process " + target.pid());
            repl.send("wait 2", "seen clock_nanosleep", "detach", "wait 20", "status");
            repl.expect("target    gone");
            assertThat(repl.out()).containsPattern("learned +x[0-9]+ +clock_nanosleep\\(");
            repl.send("quit");
            assertThat(repl.end()).isZero();
            long ticks = Files.size(directory.resolve("ticks"));
            long until = System.nanoTime() + ReplProcess.PATIENCE_MS * 1_000_000;
            while (Files.size(directory.resolve("ticks")) == ticks && System.nanoTime() < until) {
                Thread.sleep(50);
            }
            assertThat(target.isAlive()).isTrue();
            assertThat(Files.size(directory.resolve("ticks"))).isGreaterThan(ticks);
        } finally {
            target.destroyForcibly();
        }
    }

    @Test
    void a_question_names_the_callers_where_frame_pointers_tell() throws Exception {
        Path guest = Guests.path("callers");
        try (ReplProcess repl = ReplProcess.start(directory, "--mode", "ask")) {
            repl.send(
                    "mode learn", "run -- " + guest, "wait 60", "mode ask", "run -- " + guest + " connect", "wait 60");
            repl.expectQuestion("connect");
            assertThat(repl.out()).containsPattern("  from    \\S*libc\\S* (__)?connect\\+0x[0-9a-f]+");
            for (String function : List.of("inner", "middle", "outer", "main")) {
                assertThat(repl.out()).containsPattern("  caller  \\S*callers " + function + "\\+0x[0-9a-f]+");
            }
            repl.send("answer deny", "wait 60", "why connect", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out()).containsPattern("evidence +called from \\S*callers middle\\+0x");
        }
    }
}
