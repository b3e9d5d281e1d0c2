package dev.acktrace.cli.command;

import dev.acktrace.format.HostFacts;
import dev.acktrace.format.OciOptions;
import dev.acktrace.syscall.Abi;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a policy is read for: whose reading, which machine, which capabilities. */
final class HostOptions {
    private static final Pattern VERSION = Pattern.compile("([0-9]{1,3})\\.([0-9]{1,4})([.+-].*)?");

    @Option(
            names = "--as",
            paramLabel = "READER",
            description = "Whose reading counts where readers differ: oci (default), runc or crun.")
    private String reader = "oci";

    @Option(
            names = "--caps",
            paramLabel = "LIST",
            description = "Capabilities for conditional entries, with commas; 'none', or those of a container.")
    private @Nullable String caps;

    @Option(
            names = "--kernel",
            paramLabel = "VERSION",
            description = "Kernel for conditional entries, for example 5.10; this machine's if missing.")
    private @Nullable String kernel;

    @Option(
            names = "--arch",
            paramLabel = "ARCH",
            description = "The machine's architecture, for example aarch64; this machine's if missing.")
    private @Nullable String arch;

    /** The options for the reader. A wrong value is wrong usage. */
    OciOptions options() {
        OciOptions.Reading reading = switch (reader.toLowerCase(Locale.ROOT)) {
            case "oci" -> OciOptions.Reading.OCI;
            case "runc" -> OciOptions.Reading.RUNC;
            case "crun" -> OciOptions.Reading.CRUN;
            default -> throw new TypeConversionException("--as takes oci, runc, crun; not '" + reader + "'");
        };
        HostFacts here = HostFacts.here();
        int major = here.kernelMajor();
        int minor = here.kernelMinor();
        if (kernel != null) {
            Matcher matcher = VERSION.matcher(kernel);
            if (!matcher.matches()) {
                throw new TypeConversionException("--kernel takes a version such as 5.10; not '" + kernel + "'");
            }
            major = Integer.parseInt(matcher.group(1));
            minor = Integer.parseInt(matcher.group(2));
        }
        return new OciOptions(new HostFacts(abi(), capabilities(here), major, minor), true, reading);
    }

    /** The ABI of {@code --arch}, or of this machine. */
    Abi abi() {
        if (arch == null) {
            return Abi.host();
        }
        Optional<Abi> abi = Abi.ofAnyName(arch);
        return abi.orElseThrow(() -> new TypeConversionException(
                "--arch takes a name such as x86_64 or aarch64; there is no architecture '" + arch + "'"));
    }

    private Set<String> capabilities(HostFacts here) {
        if (caps == null) {
            return here.capabilities();
        }
        Set<String> set = new HashSet<>();
        for (String word : List.of(caps.split(",", -1))) {
            String name = word.trim().toUpperCase(Locale.ROOT);
            if (!name.isEmpty() && !name.equals("NONE")) {
                set.add(name.startsWith("CAP_") ? name : "CAP_" + name);
            }
        }
        return set;
    }
}
