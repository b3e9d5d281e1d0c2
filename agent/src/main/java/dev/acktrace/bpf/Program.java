package dev.acktrace.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * A classic BPF program as {@code seccomp(2)} takes it. Holding one does not mean that the kernel accepts it: see
 * {@link ProgramCheck}.
 *
 * @param instructions in order
 */
public record Program(List<Instruction> instructions) {
    /** {@code BPF_MAXINSNS}: instructions of one filter. */
    public static final int MAX_INSTRUCTIONS = 4096;

    /** Bytes of one {@code struct sock_filter}. */
    public static final int INSTRUCTION_SIZE = 8;

    public Program {
        instructions = List.copyOf(instructions);
    }

    public int size() {
        return instructions.size();
    }

    public Instruction at(int index) {
        return instructions.get(index);
    }

    /** Records of 8 bytes, little endian. */
    public byte[] bytes() {
        ByteBuffer buffer = ByteBuffer.allocate(size() * INSTRUCTION_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        for (Instruction instruction : instructions) {
            buffer.putShort((short) instruction.code());
            buffer.put((byte) instruction.jt());
            buffer.put((byte) instruction.jf());
            buffer.putInt(instruction.k());
        }
        return buffer.array();
    }

    /**
     * Reads records of 8 bytes, little endian.
     *
     * @throws IllegalArgumentException if the length is not a multiple of 8, 0, or more than the kernel takes
     */
    public static Program of(byte[] bytes) {
        if (bytes.length == 0 || bytes.length % INSTRUCTION_SIZE != 0) {
            throw new IllegalArgumentException("the filter has " + bytes.length
                    + " bytes, which is not a whole number of 8-byte instructions; give the raw sock_filter array");
        }
        if (bytes.length / INSTRUCTION_SIZE > MAX_INSTRUCTIONS) {
            throw new IllegalArgumentException("the filter has " + bytes.length / INSTRUCTION_SIZE
                    + " instructions, and the kernel takes at most " + MAX_INSTRUCTIONS);
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<Instruction> instructions = new ArrayList<>(bytes.length / INSTRUCTION_SIZE);
        while (buffer.hasRemaining()) {
            int code = buffer.getShort() & 0xFFFF;
            int jt = buffer.get() & 0xFF;
            int jf = buffer.get() & 0xFF;
            instructions.add(new Instruction(code, jt, jf, buffer.getInt()));
        }
        return new Program(instructions);
    }
}
