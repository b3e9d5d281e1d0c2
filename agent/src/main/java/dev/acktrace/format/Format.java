package dev.acktrace.format;

import dev.acktrace.policy.Policy;
import dev.acktrace.syscall.Abi;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The formats that a policy can be written in. */
public enum Format {
    OCI("oci", List.of("json", "runc", "crun"), ".json", "OCI runtime specification: runc, crun, containerd, CRI-O"),
    DOCKER("docker", List.of("moby"), ".json", "Docker: --security-opt seccomp=FILE"),
    PODMAN("podman", List.of("containers"), ".json", "Podman: --security-opt seccomp=FILE"),
    SPO("spo", List.of("kubernetes", "k8s"), ".yaml", "Kubernetes Security Profiles Operator: SeccompProfile"),
    SYSTEMD("systemd", List.of(), ".conf", "systemd: drop-in for a unit"),
    MINIJAIL("minijail", List.of("minijail0"), ".policy", "minijail0 -S FILE"),
    MINIJAIL_FREQUENCY("minijail-frequency", List.of(), ".frequency", "minijail's @frequency file, from counts"),
    KAFEL("kafel", List.of("nsjail"), ".kafel", "nsjail --seccomp_policy FILE"),
    FIREJAIL("firejail", List.of(), ".inc", "firejail: lines of a profile"),
    C("c", List.of("libseccomp"), ".c", "C source for libseccomp"),
    TEXT("text", List.of("review"), ".txt", "text for review");

    private final String label;
    private final List<String> aliases;
    private final String suffix;
    private final String summary;

    Format(String label, List<String> aliases, String suffix, String summary) {
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
        return aliases;
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
            if (format.label.equals(small) || format.aliases.contains(small)) {
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
            case C -> CWriter.write(policy);
            case TEXT -> TextWriter.write(policy);
        };
    }
}
