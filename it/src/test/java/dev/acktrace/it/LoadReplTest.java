package dev.acktrace.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A session over a server that is busy. */
class LoadReplTest {
    private static final Path SERVER = Path.of("/usr/sbin/nginx");
    private static final Path CLIENT = Path.of("/usr/bin/wrk");

    @TempDir
    Path directory;

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void awaitServer(int port) throws InterruptedException {
        long until = System.nanoTime() + ReplProcess.PATIENCE_MS * 1_000_000;
        boolean up = false;
        while (!up && System.nanoTime() < until) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                up = socket.isConnected();
            } catch (IOException e) {
                Thread.sleep(100);
            }
        }
        assertThat(up).as("the server listens").isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"trace", "ack"})
    void switching_modes_under_load_costs_no_request(String backend) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(SERVER), "needs nginx");
        Assumptions.assumeTrue(Files.isExecutable(CLIENT), "needs wrk");
        int port = freePort();
        Path configuration = Files.writeString(directory.resolve("nginx.conf"), """
                worker_processes 2; pid %1$s/pid; error_log %1$s/error; daemon off;
                events { worker_connections 64; }
                http {
                    access_log off; client_body_temp_path %1$s/body; proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi; uwsgi_temp_path %1$s/uwsgi; scgi_temp_path %1$s/scgi;
                    server { listen 127.0.0.1:%2$d; location / { return 200 "hello"; } }
                }
                """.formatted(directory, port));
        try (ReplProcess repl = ReplProcess.start(
                directory, "--backend", backend, "--", SERVER.toString(), "-c", configuration.toString())) {
            repl.send("run");
            awaitServer(port);
            Process client = new ProcessBuilder(
                            CLIENT.toString(), "-t1", "-c8", "-d6s", "http://127.0.0.1:" + port + "/")
                    .redirectErrorStream(true)
                    .start();
            Thread.sleep(2500); // the load has been through every path of the server by then
            for (String mode : new String[] {"enforce", "learn", "ask", "learn"}) {
                repl.send("mode " + mode);
                Thread.sleep(500);
            }
            String told = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(client.waitFor()).as(told).isZero();
            assertThat(told).contains("requests in").doesNotContain("Socket errors", "Non-2xx");
            repl.send("seen --standing refused", "kill", "quit");
            assertThat(repl.end()).isZero();
            assertThat(repl.out()).contains("mode ask:", "nothing", "ended by SIGKILL");
        }
    }
}
