package dev.acktrace.session;

import dev.acktrace.fault.Fault;
import dev.acktrace.fault.FaultException;
import dev.acktrace.file.AtomicFile;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the helper finds out about this machine. */
public final class HelperProbe {
    /** Where the helper is, for installations that are not a source tree. */
    public static final String VARIABLE = "ACKTRACE_HELPER";

    private static final int OUTPUT_MAX = 8 << 20;

    private HelperProbe() {}

    /**
     * The helper's program file: {@code ACKTRACE_HELPER}, or the one of the source tree that this class is built in.
     *
     * @throws FaultException if it is not there
     */
    public static Path helper() throws FaultException {
        String named = System.getenv(VARIABLE);
        if (named != null && !named.isEmpty()) {
            return Path.of(named);
        }
        for (Path above = home(); above != null; above = above.getParent()) {
            Path candidate = above.resolve("native-helper/build/acktrace-helper");
            if (Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        throw new FaultException(
                "cannot find the helper",
                "no native-helper/build/acktrace-helper above " + home(),
                "Start acktrace by its script, which builds it, or set " + VARIABLE + ".");
    }

    private static Path home() {
        try {
            CodeSource source = HelperProbe.class.getProtectionDomain().getCodeSource();
            return source == null
                    ? Path.of("").toAbsolutePath()
                    : Path.of(source.getLocation().toURI()).toAbsolutePath();
        } catch (URISyntaxException e) {
            return Path.of("").toAbsolutePath();
        }
    }

    /**
     * Runs {@code acktrace-helper probe}.
     *
     * @return names and values
     */
    public static Map<String, String> run() throws FaultException {
        Result result = run("cannot examine this machine", "probe");
        if (result.status() != 0) {
            throw new FaultException(
                    "cannot examine this machine",
                    "'" + helper() + " probe' ended with " + result.status() + ": " + result.error(),
                    "Run it by hand to see what it says.");
        }
        return parse(result.output());
    }

    /** The self-test of the backend {@code ack}: a small program is learned with the stub. Some milliseconds. */
    public static boolean stubWorks() {
        try {
            Result result = run("cannot test the backend ack", "probe", "ack");
            return result.status() == 0 && "yes".equals(parse(result.output()).get("ack.stub"));
        } catch (FaultException e) {
            return false;
        }
    }

    /** How a run of the helper ended, and what it printed. */
    record Result(int status, String output, String error) {}

    /** Runs the helper to its end; what it prints is bounded. */
    static Result run(String purpose, String... words) throws FaultException {
        Path helper = helper();
        List<String> command = new ArrayList<>();
        command.add(helper.toString());
        command.addAll(List.of(words));
        try {
            Path error = Files.createTempFile("acktrace", ".err");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectError(error.toFile())
                        .start();
                process.getOutputStream().close();
                byte[] output = process.getInputStream().readNBytes(OUTPUT_MAX);
                process.getInputStream().close();
                int status = process.waitFor();
                return new Result(
                        status,
                        new String(output, StandardCharsets.UTF_8),
                        Files.readString(error).strip());
            } finally {
                Files.deleteIfExists(error);
            }
        } catch (IOException e) {
            throw new FaultException(
                    new Fault(
                            "cannot run the helper '" + helper + "'",
                            AtomicFile.reason(e),
                            "Build it: 'make -C native-helper'."),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(new Fault(purpose, "interrupted", "Run the command again."), e);
        }
    }

    /** Reads lines of a name, a blank and a value; other lines are ignored. */
    static Map<String, String> parse(String output) {
        Map<String, String> facts = new LinkedHashMap<>();
        for (String line : output.lines().toList()) {
            int blank = line.indexOf(' ');
            if (blank > 0) {
                facts.put(line.substring(0, blank), line.substring(blank + 1).strip());
            }
        }
        return facts;
    }

    /** The container engine that this process runs in, by the marks that it leaves; empty if none is seen. */
    public static String container() {
        if (Files.exists(Path.of("/.dockerenv"))) {
            return "Docker";
        }
        if (Files.exists(Path.of("/run/.containerenv"))) {
            return "Podman";
        }
        try {
            String groups = Files.readString(Path.of("/proc/1/cgroup"));
            if (groups.contains("kubepods")) {
                return "Kubernetes";
            }
            return groups.contains("/docker/") || groups.contains("/lxc/") ? "a container" : "";
        } catch (IOException e) {
            return "";
        }
    }
}
