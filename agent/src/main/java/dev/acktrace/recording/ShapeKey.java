package dev.acktrace.recording;

import dev.acktrace.syscall.Abi;
import dev.acktrace.syscall.Syscall;
import dev.acktrace.wire.Wire;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What makes two observations the same: image, ABI, number and the significant bits of the arguments. Ordered by
 * these, in this order.
 */
public final class ShapeKey implements Comparable<ShapeKey> {
    private final String image;
    private final Syscall call;
    private final int significant;
    private final long[] arguments;

    /**
     * A key.
     *
     * @param image path of the executed file; empty where it is not known
     * @param call ABI and number, the number without the x32 bit
     * @param significant bit i is set if argument i is part of the shape
     * @param arguments {@link Wire#ARGUMENTS} words, masked; those that are not significant count as 0
     */
    public ShapeKey(String image, Syscall call, int significant, long[] arguments) {
        this.image = image;
        this.call = call;
        this.significant = significant & ((1 << Wire.ARGUMENTS) - 1);
        this.arguments = new long[Wire.ARGUMENTS];
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            this.arguments[i] = isSignificant(i) ? arguments[i] : 0;
        }
    }

    /** Path of the executed file; empty where it is not known. */
    public String image() {
        return image;
    }

    /** ABI and number. */
    public Syscall call() {
        return call;
    }

    /** The ABI. */
    public Abi abi() {
        return call.abi();
    }

    /** The number, without the x32 bit. */
    public int number() {
        return call.number();
    }

    /** Whether an argument is part of the shape. */
    public boolean isSignificant(int index) {
        return (significant >> index & 1) != 0;
    }

    /** Which arguments are part of the shape, as bits. */
    public int significant() {
        return significant;
    }

    /** The masked value of an argument; 0 if it is not significant. */
    public long argument(int index) {
        return arguments[index];
    }

    /** All arguments; a copy. */
    public long[] arguments() {
        return arguments.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ShapeKey key
                && call.number() == key.call.number()
                && call.abi() == key.call.abi()
                && significant == key.significant
                && Arrays.equals(arguments, key.arguments)
                && image.equals(key.image);
    }

    @Override
    public int hashCode() {
        int hash = image.hashCode();
        hash = hash * 31 + call.abi().auditArch() + call.abi().numberBit();
        hash = hash * 31 + call.number();
        return hash * 31 + Arrays.hashCode(arguments) + significant;
    }

    @Override
    public int compareTo(ShapeKey other) {
        int order = image.compareTo(other.image);
        if (order == 0) {
            order = call.compareTo(other.call);
        }
        if (order == 0) {
            order = Integer.compare(significant, other.significant);
        }
        return order != 0 ? order : Arrays.compareUnsigned(arguments, other.arguments);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(call.name()).append('(');
        String separator = "";
        for (int i = 0; i < Wire.ARGUMENTS; i++) {
            if (isSignificant(i)) {
                text.append(separator).append(i).append("=0x").append(Long.toHexString(arguments[i]));
                separator = ", ";
            }
        }
        return text.append(") ")
                .append(call.abi().label())
                .append(' ')
                .append(image)
                .toString();
    }
}
