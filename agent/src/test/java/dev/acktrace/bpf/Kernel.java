package dev.acktrace.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.acktrace.policy.Action;
import dev.acktrace.policy.SeccompData;
import dev.acktrace.syscall.Abi;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What the running kernel answers under a filter; {@code src/test/guest/filtered-calls.c} asks it. */
final class Kernel {
    private static final Path SOURCE = Path.of("src/test/guest/filtered-calls.c");
    /** The filter was not installed: EINVAL. */
    static final String REFUSED = "refused";

    /** {@code EXECUTES} of the guest: the call was allowed, whether logged or not. */
    private static final int EXECUTES = 0xfeed;

    /** uretprobe and uprobe pass by every filter: arch/x86/entry/syscalls, Linux 6.11. */
    private static final List<Integer> UNFILTERED = List.of(335, 336);

    private final Path guest;
    private final Path directory;
    private final boolean compat;

    /** A program and what is asked of it. */
    record Request(Program program, List<SeccompData> calls) {}

    private Kernel(Path guest, Path directory, boolean compat) {
        this.guest = guest;
        this.directory = directory;
        this.compat = compat;
    }

    /** Builds the guest in a directory; empty if this machine has no compiler, or another kernel. */
    static Optional<Kernel> here(Path directory) throws IOException, InterruptedException {
        boolean x86 = System.getProperty("os.arch", "").equals("amd64")
                && System.getProperty("os.name", "").equals("Linux");
        if (!x86 || !Files.exists(Path.of("/usr/bin/gcc"))) {
            return Optional.empty();
        }
        Path guest = directory.resolve("filtered-calls");
        Process gcc = new ProcessBuilder(("gcc -std=gnu11 -O1 -Wall -Wextra -Werror -mno-red-zone -static -pthread -o "
                                + guest + " " + SOURCE)
                        .split(" "))
                .inheritIO()
                .start();
        assertThat(gcc.waitFor()).as("status of gcc").isZero();
        Program open = new Program(List.of(Instruction.answer(Action.errno(77).word())));
        SeccompData call = SeccompData.of(Abi.X86, 20);
        Kernel kernel = new Kernel(guest, directory, true);
        String answer =
                kernel.ask(List.of(new Request(open, List.of(call)))).get(0).get(0);
        return Optional.of(new Kernel(guest, directory, answer.equals("ERRNO(77)")));
    }

    /** Whether a call can be made here: x86-64, x32 (by its bit, whether the kernel has it or not) and x86. */
    boolean makes(SeccompData call) {
        if (call.arch() == Abi.X86.auditArch()) {
            return compat;
        }
        return call.arch() == Abi.X86_64.auditArch() && !UNFILTERED.contains(call.number());
    }

    /** An action as {@link #ask} words it: ALLOW and LOG are one, NOTIFY has no listener. */
    static String worded(Action action) {
        return switch (action.kind()) {
            case ALLOW, LOG -> "executed";
            case NOTIFY -> "ERRNO(38)";
            default -> action.toString();
        };
    }

    /** What happens to each call of each request. */
    List<List<String>> ask(List<Request> requests) throws IOException, InterruptedException {
        Path in = directory.resolve("requests");
        Path out = directory.resolve("answers");
        try (var stream = new BufferedOutputStream(Files.newOutputStream(in))) {
            for (Request request : requests) {
                stream.write(encode(request));
            }
        }
        Process process = new ProcessBuilder(guest.toString())
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!process.waitFor(240, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        assertThat(process.waitFor()).as("status of the guest").isZero();
        ByteBuffer answers = ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN);
        List<List<String>> all = new ArrayList<>();
        for (Request request : requests) {
            List<String> some = new ArrayList<>();
            for (int i = 0; i < request.calls().size(); i++) {
                some.add(decode(answers.getInt(), answers.getInt()));
            }
            all.add(some);
        }
        assertThat(answers.hasRemaining()).isFalse();
        return all;
    }

    private static byte[] encode(Request request) {
        byte[] program = request.program().bytes();
        ByteBuffer buffer = ByteBuffer.allocate(
                        8 + program.length + 56 * request.calls().size())
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(request.program().size()).putInt(request.calls().size()).put(program);
        for (SeccompData call : request.calls()) {
            buffer.putInt(call.arch() == Abi.X86.auditArch() ? 1 : 0).putInt(call.number());
            for (int i = 0; i < 6; i++) {
                buffer.putLong(call.argument(i));
            }
        }
        return buffer.array();
    }

    private static String decode(int kind, int data) {
        return switch (kind) {
            case 1 -> Action.errno(data).toString();
            case 2 -> data == EXECUTES ? "executed" : Action.trace(data).toString();
            case 3 -> Action.trap(data).toString();
            case 4 -> Action.KILL_THREAD.toString();
            case 5 -> Action.KILL_PROCESS.toString();
            case 6 -> data == 22 ? REFUSED : REFUSED + ", errno " + data;
            default -> "lost, status " + data;
        };
    }
}
