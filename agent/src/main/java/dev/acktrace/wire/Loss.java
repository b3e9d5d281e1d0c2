package dev.acktrace.wire;

/** {@code enum wire_loss}: why something could not be reported. The order is that of the header. */
public enum Loss {
    /** First sightings that the full ring did not take. */
    RING_FULL(0, "ring_full", "first sightings not published because the ring was full"),
    /** Calls whose shape found no slot. */
    SHAPES_FULL(1, "shapes_full", "calls counted by number only because the shape table was full"),
    /** Programs without an image of their own. */
    IMAGES_FULL(2, "images_full", "executed programs without an image of their own"),
    /** Large numbers without a counter. */
    STRAYS_FULL(3, "strays_full", "calls with large numbers that found no counter"),
    /** Unreadable texts. */
    TEXT(4, "text", "texts that could not be read from the target"),
    /** Tasks that nobody followed. */
    UNTRACED(5, "untraced", "tasks that ran without being followed"),
    /** Stops without registers. */
    STOP(6, "stop", "stops whose registers could not be read"),
    /** The learner had died. */
    LEARNER_GONE(7, "learner_gone", "first sightings after the learner had died"),
    /** Tasks that ran before they were attached to. */
    ATTACH_GAP(8, "attach_gap", "tasks that ran before they were attached to"),
    /** Images that the backend could not take. */
    IMAGE_REFUSED(9, "image_refused", "executed programs that the backend could not take"),
    /** Attempts to remove what the backend keeps in the target. */
    STUB_TOUCHED(10, "stub_touched", "attempts to remove what the backend keeps in the target"),
    /** Records that no helper writes; found by the learner, so the header has no counter for it. */
    CORRUPT(11, "corrupt", "records in the shared segment that made no sense"),
    /** Values that no helper writes; found by the learner and by the front's watcher. */
    OVERWRITTEN(12, "overwritten", "values in the shared segment that the target wrote over; do not trust this run");

    private final int number;
    private final String key;
    private final String meaning;

    Loss(int number, String key, String meaning) {
        this.number = number;
        this.key = key;
        this.meaning = meaning;
    }

    /** Name in recordings. */
    public String key() {
        return key;
    }

    /** What is counted, to stand behind the number. */
    public String meaning() {
        return meaning;
    }

    /** Whether the header has no counter for it. */
    public boolean isFoundByLearner() {
        return number >= CORRUPT.number;
    }

    /** The number in {@code wire.h}. */
    int number() {
        return number;
    }
}
