package dev.acktrace.wire;

/**
 * Sizes, offsets and numbers of {@code wire.h}, version {@link #VERSION}; all offsets are bytes. A test compares them
 * with what {@code acktrace-helper wire} prints.
 */
public final class Wire {
    /** First eight bytes of a segment, as a little-endian number. */
    public static final long MAGIC = 0x454341525454434bL;

    /** The version of the layout that this class describes. */
    public static final int VERSION = 8;

    /** Number spaces: x86-64, i386, x32. */
    public static final int ABIS = 3;

    /** System call numbers with a counter of their own, per ABI. */
    public static final int NUMBERS = 1024;

    /** Counters for larger numbers. */
    public static final int STRAYS = 256;

    /** Arguments of a call. */
    public static final int ARGUMENTS = 6;

    /** Slots of the shape table; a power of two. */
    public static final int SHAPES = 65536;

    /** How far a probe of the shape table goes. */
    public static final int SHAPE_PROBES = 64;

    /** Slots of the shape table that fill first. */
    public static final int SHAPE_FIRST = 256;

    /** Probes that go to those. */
    public static final int SHAPE_FIRST_PROBES = 16;

    /** Image ids are below this number; 0 is no image. */
    public static final int IMAGES = 4096;

    /** Slots of the ring; a power of two. */
    public static final int RING_SLOTS = 16384;

    /** Bytes of a ring slot. */
    public static final int SLOT_SIZE = 128;

    /** With no more slots in the ring, a learner of a target under the stub is not rung for at once. */
    public static final int REST_SLOTS = 2048;

    /** Slots of the largest ring record. */
    public static final int RECORD_SLOTS = 64;

    /** Bytes of the longest text. */
    public static final int TEXT_MAX = 4096;

    /** Causes of loss. */
    public static final int LOSS_CAUSES = 16;

    /** Kinds of notes. */
    public static final int NOTE_KINDS = 16;

    /** Bytes of payload of the largest command. */
    public static final int COMMAND_MAX = 16 << 20;

    /** Seed of the fingerprint. */
    public static final long MIX_SEED = 0x9e3779b97f4a7c15L;

    /** RET_TRACE data that kills. */
    public static final int DATA_KILL = 0xffff;

    /** Instructions of the longest filter, BPF_MAXINSNS of {@code linux/bpf_common.h}. */
    public static final int FILTER_MAX = 4096;

    /** First address of the text that the stub's own calls come from. */
    public static final int ACK_RANGE_START = 0x70000000;

    /** Bytes of that text; a power of two, and the start is a multiple of it. */
    public static final int ACK_RANGE_SIZE = 0x00040000;

    public static final int ACK_NARROW_START = 0x08000000;

    /** Below this number a descriptor is never the stub's. */
    public static final int ACK_DESCRIPTORS = 1021;

    static final int HEADER_SIZE = 4096;
    static final int HEADER_MAGIC = 0;
    static final int HEADER_VERSION = 8;
    static final int HEADER_HEADER_SIZE = 12;
    static final int HEADER_SEGMENT_SIZE = 16;
    static final int HEADER_EPOCH_REALTIME = 24;
    static final int HEADER_EPOCH_MONOTONIC = 32;
    static final int HEADER_LEARNER_READY = 40;
    static final int HEADER_ASK = 44;
    static final int HEADER_STATE = 48;
    static final int HEADER_ROOT_PID = 52;
    static final int HEADER_ROOT_STATUS = 56;
    static final int HEADER_FAILURE_STEP = 60;
    static final int HEADER_FAILURE_ERRNO = 64;
    static final int HEADER_LIVE_TASKS = 68;
    static final int HEADER_PEAK_TASKS = 72;
    static final int HEADER_IMAGES = 76;
    static final int HEADER_TASKS = 80;
    static final int HEADER_EXECUTIONS = 88;
    static final int HEADER_STOPS = 96;
    static final int HEADER_SHAPES = 104;
    static final int HEADER_LOSSES = 112;
    static final int HEADER_NOTES = 240;
    static final int HEADER_RING_HEAD = 384;
    static final int HEADER_RING_TAIL = 448;
    static final int HEADER_LEARNER_WAITS = 512;
    static final int HEADER_LAUNCHES = 576;
    static final int HEADER_FOLDS = 580;

    static final int STATUS_SIZE = 4096;
    static final int STATUS_LAUNCHES = 0;
    static final int STATUS_BELIEVED = 4;
    static final int STATUS_STATE = 8;
    static final int STATUS_ROOT_PID = 12;
    static final int STATUS_ROOT_STATUS = 16;
    static final int STATUS_FAILURE_STEP = 20;
    static final int STATUS_FAILURE_ERRNO = 24;
    static final int STATUS_FORGED = 28;
    static final int STATUS_LEARNER_WAITS = 64;

    static final int STRAY_SIZE = 16;
    static final int STRAY_ABI = 0;
    static final int STRAY_NUMBER = 4;
    static final int STRAY_COUNT = 8;

    static final int FACTS_SIZE = 64;
    static final int FACTS_MASK = 0;
    static final int FACTS_TEXT = 48;
    static final int FACTS_LENGTH = 54;

    static final int SHAPE_SIZE = 40;
    static final int SHAPE_FINGERPRINT = 0;
    static final int SHAPE_COUNT = 8;
    static final int SHAPE_FIRST_NS = 16;
    static final int SHAPE_LAST_NS = 24;
    static final int SHAPE_VERDICT = 32;
    static final int SHAPE_VERDICT_ERRNO = 36;

    static final int RECORD_COMMIT = 0;
    static final int RECORD_KIND = 8;
    static final int RECORD_FLAGS = 10;
    static final int RECORD_SLOT_COUNT = 12;
    static final int RECORD_TEXTS = 14;
    static final int RECORD_PID = 16;
    static final int RECORD_TID = 20;
    static final int RECORD_TIME_NS = 24;
    static final int RECORD_ARCH = 32;
    static final int RECORD_NUMBER = 36;
    static final int RECORD_ARGUMENTS = 40;
    static final int RECORD_INSTRUCTION_POINTER = 88;
    static final int RECORD_RESULT = 96;
    static final int RECORD_FINGERPRINT = 104;
    static final int RECORD_IMAGE = 112;
    static final int RECORD_SITE_OFFSET = 120;

    static final int TEXT_HEAD_SIZE = 8;
    static final int TEXT_KIND = 0;
    static final int TEXT_ARGUMENT = 1;
    static final int TEXT_TRUNCATED = 2;
    static final int TEXT_LENGTH = 4;

    static final int SHAPE_TABLE = HEADER_SIZE;
    static final int COUNTS = SHAPE_TABLE + SHAPES * SHAPE_SIZE;
    static final int STRAY_TABLE = COUNTS + ABIS * NUMBERS * Long.BYTES;
    static final int FACTS = STRAY_TABLE + STRAYS * STRAY_SIZE;
    static final int RING = FACTS + ABIS * NUMBERS * FACTS_SIZE;

    /** Bytes of a whole segment. */
    public static final int SEGMENT_SIZE = RING + RING_SLOTS * SLOT_SIZE;

    static final int COMMAND_SIZE = 8;
    static final int LAUNCH_SIZE = 32;
    static final int SIGNAL_SIZE = 4;
    static final int ANSWER_SIZE = 12;
    static final int TIGHTEN_SIZE = 16;

    /** The bit that x32 calls have in their number. */
    public static final int X32_BIT = 0x40000000;

    private Wire() {}
}
