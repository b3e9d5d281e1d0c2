package dev.acktrace.format;

import dev.acktrace.bpf.CompileException;
import dev.acktrace.bpf.CompileOptions;
import dev.acktrace.bpf.Compiler;
import dev.acktrace.bpf.Plan;
import dev.acktrace.bpf.Program;
import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The formats that a policy can be written in. */
public enum Format {
    OCI("oci", "json runc crun", ".json", "OCI runtime specification: runc, crun, containerd, CRI-O"),
    DOCKER("docker", "moby", ".json", "Docker: --security-opt seccomp=FILE"),
    PODMAN("podman", "containers", ".json", "Podman: --security-opt seccomp=FILE"),
    SPO("spo", "kubernetes k8s", ".yaml", "Kubernetes Security Profiles Operator: SeccompProfile"),
    SYSTEMD("systemd", "", ".conf", "systemd: drop-in for a unit"),
    MINIJAIL("minijail", "minijail0", ".policy", "minijail0 -S FILE"),
    MINIJAIL_FREQUENCY("minijail-frequency", "", ".frequency", "minijail's @frequency file, from counts"),
    KAFEL("kafel", "nsjail", ".kafel", "nsjail --seccomp_policy FILE"),
    FIREJAIL("firejail", "", ".inc", "firejail: lines of a profile"),
    BPF("bpf", "bubblewrap bwrap raw", ".bpf", "compiled filter: bwrap --seccomp FD, any loader"),
    C("c", "libseccomp", ".c", "C source for libseccomp"),
    TEXT("text", "review", ".txt", "text for review");

    private final String label;
    private final String aliases;
    private final String suffix;
    private final String summary;

    Format(String label, String aliases, String suffix, String summary) {
        this.label = label;
        this.aliases = aliases;
        this.suffix = suffix;
        this.summary = summary;
    }

    /** The name on command lines. */
    public String label() {
        return label;
    }

    /** Other names for it. */
    public List<String> aliases() {
        return aliases.isEmpty() ? List.of() : List.of(aliases.split(" ", -1));
    }

    /** The usual end of a file's name. */
    public String suffix() {
        return suffix;
    }

    /** One line about who reads it. */
    public String summary() {
        return summary;
    }

    /** What it can say; empty for a file that is no policy by itself. */
    public Optional<Capabilities> capabilities() {
        return this == MINIJAIL_FREQUENCY ? Optional.empty() : Optional.of(Capabilities.of(label));
    }

    /** By its name or another name; capitals do not matter. */
    public static Optional<Format> byName(String name) {
        String small = name.toLowerCase(Locale.ROOT);
        for (Format format : values()) {
            if (format.label.equals(small) || format.aliases().contains(small)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /** The names, without the other names. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (Format format : values()) {
            names.add(format.label);
        }
        return names;
    }

    /** The format of such a name, and what to write if there is none. */
    public static Format parse(String name) throws FormatException {
        Optional<Format> format = byName(name);
        if (format.isEmpty()) {
            throw new FormatException(
                    "--format",
                    0,
                    0,
                    "there is no format '" + name + "'",
                    "Formats are " + String.join(", ", names()) + Suggestions.didYouMean(name, names()) + ".");
        }
        return format.get();
    }

    /**
     * Writes a policy. The same policy and options give the same bytes.
     *
     * @throws FormatException if the format has nothing for the ABI or the policy
     */
    public Document write(Policy policy, ExportOptions options) throws FormatException {
        Abi abi = options.abi();
        Abi one = policy.architectures().contains(abi)
                ? abi
                : policy.architectures().get(0);
        return switch (this) {
            case OCI -> Document.of(OciWriter.write(policy));
            case DOCKER -> ContainerJson.docker(policy);
            case PODMAN -> ContainerJson.podman(policy);
            case SPO -> SpoWriter.write(policy, options.name());
            case SYSTEMD -> SystemdWriter.write(policy, one);
            case MINIJAIL -> MinijailWriter.write(policy, one);
            case MINIJAIL_FREQUENCY -> MinijailWriter.frequencies(options.counts());
            case KAFEL -> KafelWriter.write(policy, one);
            case FIREJAIL -> FirejailWriter.write(policy, one);
            case BPF -> bpf(policy, options);
            case C -> CWriter.write(policy);
            case TEXT -> TextWriter.write(policy);
        };
    }

    private static Document bpf(Policy policy, ExportOptions options) throws FormatException {
        Losses losses = new Losses();
        Flat.envelope(policy, policy.architectures().get(0), Capabilities.of("bpf"), losses);
        try {
            Program program = Compiler.compile(Plan.of(policy, options.badArch()), CompileOptions.SMALL);
            return new Document(program.bytes(), losses.list());
        } catch (CompileException e) {
            throw new FormatException(
                    "filter",
                    0,
                    0,
                    String.valueOf(e.getMessage()),
                    "Allow more calls without tests of their arguments, or cover fewer architectures.");
        }
    }
}
