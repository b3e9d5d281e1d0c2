package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A policy is stacked onto a server that runs, with its threads and under load. */
class EnforceNowTest {
    private static final Path SERVER = Path.of("/usr/bin/redis-server");
    private static final String CLIENT = "/usr/bin/redis-cli";
    private static final String LOAD = "/usr/bin/redis-benchmark";

    @TempDir
    Path directory;

    private final int port = freePort();

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ProcessBuilder program(String... words) {
        return new ProcessBuilder(List.of(words)).redirectErrorStream(true);
    }

    private String ask(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(CLIENT, "-p", String.valueOf(port)));
        command.addAll(List.of(words));
        Process client = new ProcessBuilder(command).redirectErrorStream(true).start();
        String told = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        client.waitFor();
        return told.strip();
    }

    private void awaitServer() throws Exception {
        long until = System.nanoTime() + ReplProcess.PATIENCE_MS * 1_000_000;
        while (!ask("ping").equals("PONG") && System.nanoTime() < until) {
            Thread.sleep(100);
        }
        assertThat(ask("ping")).isEqualTo("PONG");
    }

    private List<String> server() {
        String command = "--port %d --enable-protected-configs yes --save".formatted(port);
        List<String> words = new ArrayList<>(List.of(SERVER.toString()));
        words.addAll(List.of(command.split(" ", -1)));
        words.add("");
        return words;
    }

    private ReplProcess session(String... words) throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(SERVER), "needs redis-server");
        List<String> all = new ArrayList<>(List.of(words));
        all.add("--");
        all.addAll(server());
        return ReplProcess.start(directory, all.toArray(new String[0]));
    }

    private Process load(int requests) throws IOException {
        return program(
                        LOAD,
                        "-p",
                        String.valueOf(port),
                        "-c",
                        "10",
                        "-n",
                        String.valueOf(requests),
                        "-t",
                        "ping,set,get,incr,lpush,lrange",
                        "-q",
                        "--csv")
                .start();
    }

    /** A server that has been through its ordinary work. */
    private void workIn(ReplProcess repl) throws Exception {
        repl.send("run");
        awaitServer();
        Process warm = load(2000);
        warm.getInputStream().readAllBytes();
        assertThat(warm.waitFor()).isZero();
        ask("info");
        Thread.sleep(1500); // what the server does now and then
    }

    @Test
    void what_was_not_learned_is_refused_and_named_and_no_client_of_the_rest_notices() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        try (ReplProcess repl = session()) {
            workIn(repl);
            Process load = load(40_000);
            Thread.sleep(300);
            repl.send("enforce now");
            repl.expect("mode enforce: what is unknown is refused and told");
            assertThat(repl.out()).containsPattern("[5-9] threads have the filter, 1 process at once \\(TSYNC\\)");
            assertThat(ask("config", "set", "dir", elsewhere.toString())).contains("ERR", "Operation not permitted");
            String told = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(load.waitFor()).as(told).isZero();
            assertThat(told).contains("LRANGE").doesNotContainIgnoringCase("error");
            assertThat(ask("set", "a", "1")).isEqualTo("OK");
            repl.send("seen --standing refused", "status");
            repl.expect("filter    ");
            assertThat(repl.out()).containsPattern("refused +x[0-9]+ +chdir\\(pathname: ");
            assertThat(repl.err()).contains("refused with EPERM: chdir(");

            repl.send("allow chdir", "allow getcwd");
            repl.expect("allow getcwd");
            assertThat(ask("config", "set", "dir", elsewhere.toString())).isEqualTo("OK");
            repl.send("kill", "quit");
            assertThat(repl.end()).isZero();
        }
    }

    @Test
    void every_thread_of_the_running_process_has_one_filter_more() throws Exception {
        try (ReplProcess repl = session()) {
            workIn(repl);
            repl.send("status");
            repl.expect("target    process ");
            String pid = repl.out().replaceAll("(?s).*target    process ([0-9]+).*", "$1");
            assertThat(filters(pid)).isNotEmpty().containsOnly(baseline() + 1);
            repl.send("enforce now");
            repl.expect("threads have the filter");
            assertThat(filters(pid)).isNotEmpty().containsOnly(baseline() + 2);
            assertThat(ask("ping")).isEqualTo("PONG");
            repl.send("kill", "quit");
            assertThat(repl.end()).isZero();
        }
    }

    private static long number(Path status) throws IOException {
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("Seccomp_filters:"))
                .mapToLong(line -> Long.parseLong(line.split("\\s+", -1)[1]))
                .findFirst()
                .orElse(-1);
    }

    private static long baseline() throws IOException {
        return number(Path.of("/proc/self/status"));
    }

    private static List<Long> filters(String pid) throws IOException {
        List<Long> all = new ArrayList<>();
        try (var tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path task : tasks.toList()) {
                all.add(number(task.resolve("status")));
            }
        }
        return all;
    }

    @Test
    void a_rehearsal_says_what_the_policy_of_a_phase_would_have_refused() throws Exception {
        try (ReplProcess repl = session()) {
            repl.send("run");
            awaitServer();
            repl.send("phase serving");
            repl.expect("serving");
            Process warm = load(2000);
            warm.getInputStream().readAllBytes();
            warm.waitFor();
            ask("info");
            Thread.sleep(1500);
            repl.send("enforce now --dry-run", "enforce now --phase serving --dry-run");
            repl.expect("of what was seen would have been refused:");
            assertThat(repl.out())
                    .contains("nothing of what was seen would have been refused; what was not seen gets EPERM")
                    .containsPattern("EPERM +x[0-9]+ +listen\\(.*redis-(server|check-rdb).* listen\\+0x")
                    .containsPattern("a filter of [0-9]+ instructions");
            repl.send("enforce now --phase serving");
            repl.expect("threads have the filter");
            Process load = load(2000);
            String told = new String(load.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(load.waitFor()).as(told).isZero();
            repl.send("kill", "quit");
            assertThat(repl.end()).isZero();
        }
    }

    @Test
    void the_filter_of_the_kernel_stays_with_a_process_that_was_attached_to() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(SERVER), "needs redis-server");
        Process server = program(server().toArray(new String[0]))
                .directory(directory.toFile())
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        try (ReplProcess repl = ReplProcess.start(directory)) {
            awaitServer();
            repl.send("attach " + server.pid(), "status");
            repl.expect("target    process " + server.pid());
            Process warm = load(2000);
            warm.getInputStream().readAllBytes();
            assertThat(warm.waitFor()).isZero();
            ask("info");
            Thread.sleep(1500);
            repl.send("enforce now --kernel");
            repl.expect("threads have the filter");
            repl.send("detach", "wait 20", "quit");
            assertThat(repl.end()).isZero();
            assertThat(ask("config", "set", "dir", "/")).contains("ERR", "Operation not permitted");
            assertThat(ask("set", "a", "1")).isEqualTo("OK");
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    void without_a_target_it_says_so_in_three_parts() throws Exception {
        try (ReplProcess repl = ReplProcess.start(directory, "--keep-going")) {
            repl.send("enforce now", "enforce later", "enforce now --phase none", "quit");
            assertThat(repl.end()).isEqualTo(2);
            assertThat(repl.err())
                    .contains("cannot stack a filter", "nothing is running", "'run' launches the target.")
                    .contains("line 2, column 9: 'later' is not 'now'", "no phase 'none'");
        }
    }
}
