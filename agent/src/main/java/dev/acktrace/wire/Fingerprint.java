package dev.acktrace.wire;

/** Fingerprint of a shape, as {@code wire.h} defines it: both sides compute it. */
public final class Fingerprint {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private Fingerprint() {}

    /**
     * The fingerprint of one shape; never 0.
     *
     * @param imageHash {@link #imageHash} of the image's path, 0 where no image is known
     * @param abi index of the ABI, 0 to {@link Wire#ABIS} - 1
     * @param number without the x32 bit
     * @param arguments {@link Wire#ARGUMENTS} words, already masked
     */
    public static long of(long imageHash, int abi, int number, long[] arguments) {
        long hash = mix(Wire.MIX_SEED ^ imageHash);
        hash = mix(hash ^ abi);
        hash = mix(hash ^ (number & 0xffffffffL));
        for (long argument : arguments) {
            hash = mix(hash ^ argument);
        }
        return hash == 0 ? 1 : hash;
    }

    /** FNV-1a, 64 bits, of the bytes of an image's path. */
    public static long imageHash(byte[] path) {
        long hash = FNV_OFFSET;
        for (byte b : path) {
            hash = (hash ^ (b & 0xff)) * FNV_PRIME;
        }
        return hash;
    }

    /** The finalizer of splitmix64. */
    static long mix(long x) {
        long mixed = x;
        mixed ^= mixed >>> 30;
        mixed *= 0xbf58476d1ce4e5b9L;
        mixed ^= mixed >>> 27;
        mixed *= 0x94d049bb133111ebL;
        mixed ^= mixed >>> 31;
        return mixed;
    }
}
