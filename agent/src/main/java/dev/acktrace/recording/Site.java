package dev.acktrace.recording;

/**
 * Where a call came from.
 *
 * @param file mapped file that held the instruction
 * @param offset of the instruction behind the call in that file, bytes
 */
public record Site(String file, long offset) implements Comparable<Site> {
    @Override
    public int compareTo(Site other) {
        int order = file.compareTo(other.file);
        return order != 0 ? order : Long.compareUnsigned(offset, other.offset);
    }

    @Override
    public String toString() {
        return file + "+0x" + Long.toHexString(offset);
    }
}
