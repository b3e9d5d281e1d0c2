package dev.acktrace.syscall;

import java.util.Locale;
import java.util.Optional;

/**
 * A system call table that a kernel offers: what {@code seccomp_data.arch} says, together with the number space.
 * x32 shares its audit architecture with x86-64 and is told apart by bit 30 of the number. The order is fixed: the
 * first three are those of an x86-64 kernel.
 */
public enum Abi {
    X86_64(0xC000003E, "SCMP_ARCH_X86_64", "amd64", "x86_64", false, 0),
    X86(0x40000003, "SCMP_ARCH_X86", "x86", "x86", true, 0),
    X32(0xC000003E, "SCMP_ARCH_X32", "x32", "x32", true, 0x40000000),
    AARCH64(0xC00000B7, "SCMP_ARCH_AARCH64", "arm64", "aarch64", false, 0),
    ARM(0x40000028, "SCMP_ARCH_ARM", "arm", "arm", true, 0),
    RISCV64(0xC00000F3, "SCMP_ARCH_RISCV64", "riscv64", "riscv64", false, 0),
    PPC64(0x80000015, "SCMP_ARCH_PPC64", "ppc64", "ppc64", false, 0),
    PPC64LE(0xC0000015, "SCMP_ARCH_PPC64LE", "ppc64le", "ppc64", false, 0),
    S390X(0x80000016, "SCMP_ARCH_S390X", "s390x", "s390x", false, 0),
    LOONGARCH64(0xC0000102, "SCMP_ARCH_LOONGARCH64", "loong64", "loongarch64", false, 0),
    MIPS64(0x80000008, "SCMP_ARCH_MIPS64", "mips64", "mips64", false, 0),
    MIPSEL64(0xC0000008, "SCMP_ARCH_MIPSEL64", "mips64le", "mips64", false, 0);

    private static final Abi[] ALL = values();

    private final int auditArch;
    private final String ociName;
    private final String goName;
    private final String column;
    private final boolean narrow;
    private final int numberBit;

    Abi(int auditArch, String ociName, String goName, String column, boolean narrow, int numberBit) {
        this.auditArch = auditArch;
        this.ociName = ociName;
        this.goName = goName;
        this.column = column;
        this.narrow = narrow;
        this.numberBit = numberBit;
    }

    /** {@code AUDIT_ARCH_*} of {@code linux/audit.h}. */
    public int auditArch() {
        return auditArch;
    }

    /** {@code SCMP_ARCH_*} as OCI and libseccomp write it. */
    public String ociName() {
        return ociName;
    }

    /** The name that Docker's {@code includes.arches} uses. */
    public String goName() {
        return goName;
    }

    /** Short name, as in {@code numbers.csv}; both byte orders of ppc64 and mips64 share theirs. */
    public String column() {
        return column;
    }

    /** Name for people and command lines: the constant in lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether arguments are compared by their low 32 bits only. */
    public boolean narrow() {
        return narrow;
    }

    /** Bits that every number of this ABI has in {@code seccomp_data.nr} beside the table's number. */
    public int numberBit() {
        return numberBit;
    }

    /** The number as {@code seccomp_data.nr} holds it. */
    public int raw(int number) {
        return number | numberBit;
    }

    /**
     * The ABI of a call as the kernel describes it to a filter.
     *
     * @param auditArch {@code seccomp_data.arch}
     * @param raw {@code seccomp_data.nr}
     * @return the ABI of such a call; empty for an architecture that is not in the tables
     */
    public static Optional<Abi> of(int auditArch, int raw) {
        if (auditArch == X86_64.auditArch && raw != -1 && Integer.compareUnsigned(raw, X32.numberBit) >= 0) {
            return Optional.of(X32);
        }
        for (Abi abi : ALL) {
            if (abi.auditArch == auditArch) {
                return Optional.of(abi);
            }
        }
        return Optional.empty();
    }

    /** By {@code SCMP_ARCH_*}. */
    public static Optional<Abi> ofOciName(String name) {
        for (Abi abi : ALL) {
            if (abi.ociName.equals(name)) {
                return Optional.of(abi);
            }
        }
        return Optional.empty();
    }

    /** By the name that Docker's and Podman's profiles use. */
    public static Optional<Abi> ofGoName(String name) {
        for (Abi abi : ALL) {
            if (abi.goName.equals(name)) {
                return Optional.of(abi);
            }
        }
        return Optional.empty();
    }

    /** By any name: of {@code uname -m}, Go, OCI, or the constant itself; capitals do not matter. */
    public static Optional<Abi> ofAnyName(String name) {
        for (Abi abi : ALL) {
            if (abi.label().equalsIgnoreCase(name)
                    || abi.goName.equalsIgnoreCase(name)
                    || abi.ociName.equalsIgnoreCase(name)) {
                return Optional.of(abi);
            }
        }
        return switch (name) {
            case "i386", "i686", "ia32" -> Optional.of(X86);
            case "armv7l", "armv6l" -> Optional.of(ARM);
            default -> Optional.empty();
        };
    }

    /** The ABI of {@code os.arch} of this machine; x86-64 if it is unknown. */
    public static Abi host() {
        return ofAnyName(System.getProperty("os.arch", "amd64")).orElse(X86_64);
    }
}
