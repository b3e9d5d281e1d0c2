// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A Java target: {@code Mixed hello|process|threads|socket}. */
public final class Mixed {
    private Mixed() {}

    public static void main(String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "hello" -> System.out.println("hello from Java");
            case "process" -> process();
            case "threads" -> threads();
            case "socket" -> socket();
            default -> System.exit(2);
        }
    }

    private static void process() throws IOException, InterruptedException {
        Process child = new ProcessBuilder("/bin/sh", "-c", "cat; exit 6").start();
        try (var in = child.getOutputStream()) {
            in.write("through a child".getBytes(StandardCharsets.UTF_8));
        }
        System.out.println(new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        System.out.println("status " + child.waitFor());
        System.exit(5);
    }

    private static void threads() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(16);
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int i = 1; i <= 64; i++) {
            int number = i;
            tasks.add(() -> {
                Path file = Files.createTempFile(Path.of("."), "mixed", ".tmp");
                Files.writeString(file, "x".repeat(number));
                int size = Files.readString(file).length();
                Files.delete(file);
                return size;
            });
        }
        int sum = 0;
        for (Future<Integer> result : pool.invokeAll(tasks)) {
            sum += result.get();
        }
        pool.shutdown();
        System.out.println("sum " + sum);
    }

    private static void socket() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                try (Socket client = server.accept()) {
                    client.getInputStream().transferTo(client.getOutputStream());
                } catch (IOException failed) {
                    System.out.println(failed);
                }
            });
            answering.start();
            try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
                client.getOutputStream().write("echo".getBytes(StandardCharsets.UTF_8));
                client.shutdownOutput();
                System.out.println(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            }
            answering.join();
        }
    }
}
