package dev.acktrace.session;

/** The filter under which a target runs while it is learned: what is known is allowed, the rest is reported. */
public final class LearningFilter {
    /** {@code BPF_RET | BPF_K}, linux/bpf_common.h. */
    private static final int RETURN = 0x06;

    /** {@code SECCOMP_RET_TRACE} with data 0, linux/seccomp.h. */
    private static final int TRACE = 0x7ff00000;

    private LearningFilter() {}

    /** The filter that reports everything: one instruction. */
    public static byte[] reportAll() {
        return java.nio.ByteBuffer.allocate(8)
                .order(java.nio.ByteOrder.nativeOrder())
                .putShort((short) RETURN)
                .put((byte) 0)
                .put((byte) 0)
                .putInt(TRACE)
                .array();
    }
}
