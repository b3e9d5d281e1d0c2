package dev.acktrace.wire;

import dev.acktrace.syscall.Abi;

/** {@code enum wire_abi}: the places that the segment has for ABIs. */
public final class WireAbi {
    /** x86-64. */
    public static final int X86_64 = 0;
    /** i386, by any entry. */
    public static final int I386 = 1;
    /** x32. */
    public static final int X32 = 2;

    private static final Abi[] ABIS = {Abi.X86_64, Abi.X86, Abi.X32};

    private WireAbi() {}

    /** The ABI at a place below {@link Wire#ABIS}. */
    public static Abi of(int index) {
        return ABIS[index];
    }

    /** The place of an ABI; -1 if the segment has none for it. */
    public static int index(Abi abi) {
        for (int i = 0; i < ABIS.length; i++) {
            if (ABIS[i] == abi) {
                return i;
            }
        }
        return -1;
    }

    /** The place for a call as the kernel describes it; -1 for an architecture that has none. */
    public static int index(int auditArch, int number) {
        if (auditArch == Abi.X86.auditArch()) {
            return I386;
        }
        if (auditArch != Abi.X86_64.auditArch()) {
            return -1;
        }
        return number > 0 && (number & Wire.X32_BIT) != 0 ? X32 : X86_64;
    }

    /** The table's number of a call: without the x32 bit where that is the ABI. */
    public static int number(int index, int raw) {
        return index == X32 ? raw & ~Wire.X32_BIT : raw;
    }
}
