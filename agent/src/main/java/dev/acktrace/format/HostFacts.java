package dev.acktrace.format;

import dev.acktrace.syscall.Abi;
import java.util.Set;

/**
 * What conditional entries of Docker's and Podman's profiles ask about: the machine and the container.
 *
 * @param abi the native ABI
 * @param capabilities the bounding set, as {@code CAP_*}
 * @param kernelMajor first number of the kernel's version
 * @param kernelMinor second number of the kernel's version
 */
public record HostFacts(Abi abi, Set<String> capabilities, int kernelMajor, int kernelMinor) {
    /** What Docker and Podman give a container if nobody asks for more (moby, 2026-06). */
    public static final Set<String> DEFAULT_CAPABILITIES = Set.of(
            "CAP_CHOWN",
            "CAP_DAC_OVERRIDE",
            "CAP_FSETID",
            "CAP_FOWNER",
            "CAP_MKNOD",
            "CAP_NET_RAW",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETFCAP",
            "CAP_SETPCAP",
            "CAP_NET_BIND_SERVICE",
            "CAP_SYS_CHROOT",
            "CAP_KILL",
            "CAP_AUDIT_WRITE");

    public HostFacts {
        capabilities = Set.copyOf(capabilities);
    }

    /** This machine, with the default capabilities of a container. */
    public static HostFacts here() {
        String[] version = System.getProperty("os.version", "").split("[^0-9]+", 3);
        boolean known = version.length > 1 && !version[0].isEmpty() && !version[1].isEmpty();
        return new HostFacts(
                Abi.host(),
                DEFAULT_CAPABILITIES,
                known ? Integer.parseInt(version[0]) : 0,
                known ? Integer.parseInt(version[1]) : 0);
    }

    /** Whether the kernel is at least of that version. */
    public boolean kernelAtLeast(int major, int minor) {
        return kernelMajor > major || (kernelMajor == major && kernelMinor >= minor);
    }
}
