package dev.acktrace.refine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Function symbols of a 64-bit little-endian ELF file, elf(5), by file offset. The file may be hostile: every offset is
 * checked, and a file that makes no sense has no symbols.
 */
public final class ElfSymbols {
    private static final int SYMTAB = 2;
    private static final int DYNSYM = 11;
    private static final int LOAD = 1;
    private static final int FUNCTION = 2;
    private static final int INDIRECT_FUNCTION = 10;
    private static final int HEADER = 64;
    private static final int MOST_SYMBOLS = 1_000_000;
    private static final long LARGEST = 1L << 30;
    private static final int LONGEST_NAME = 512;

    private final TreeMap<Long, Symbol> byOffset = new TreeMap<>();

    private record Symbol(String name, long size) {}

    /**
     * A place in a function.
     *
     * @param symbol name of the function
     * @param distance from its first byte
     */
    public record Place(String symbol, long distance) {
        @Override
        public String toString() {
            return symbol + "+0x" + Long.toHexString(distance);
        }
    }

    private ElfSymbols() {}

    /** The symbols of a file; none if it cannot be read or is no such file. */
    public static ElfSymbols read(Path file) {
        ElfSymbols symbols = new ElfSymbols();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            if (size >= HEADER && size <= LARGEST) {
                symbols.parse(channel.map(FileChannel.MapMode.READ_ONLY, 0, size));
            }
        } catch (IOException | IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
            symbols.byOffset.clear();
        }
        return symbols;
    }

    /** The symbols of the bytes of a file; throws IndexOutOfBoundsException if they point outside. */
    static ElfSymbols of(ByteBuffer bytes) {
        ElfSymbols symbols = new ElfSymbols();
        symbols.parse(bytes);
        return symbols;
    }

    /** The function that covers a file offset; empty if none does. */
    public Optional<Place> at(long offset) {
        Map.Entry<Long, Symbol> entry = byOffset.floorEntry(offset);
        if (entry == null) {
            return Optional.empty();
        }
        long distance = offset - entry.getKey();
        long size = entry.getValue().size();
        return size == 0 || distance <= size
                ? Optional.of(new Place(entry.getValue().name(), distance))
                : Optional.empty();
    }

    private void parse(ByteBuffer file) {
        file.order(ByteOrder.LITTLE_ENDIAN);
        if (file.getInt(0) != 0x464c457f || file.get(4) != 2 || file.get(5) != 1) {
            return;
        }
        long sections = file.getLong(0x28);
        int sectionSize = file.getShort(0x3a) & 0xffff;
        int count = file.getShort(0x3c) & 0xffff;
        for (int wanted : new int[] {DYNSYM, SYMTAB}) {
            for (int i = 0; i < count; i++) {
                int at = Math.toIntExact(sections + (long) i * sectionSize);
                if (file.getInt(at + 4) == wanted) {
                    table(file, at, sections, sectionSize, count);
                }
            }
        }
    }

    private void table(ByteBuffer file, int section, long sections, int sectionSize, int count) {
        long offset = file.getLong(section + 0x18);
        long size = file.getLong(section + 0x20);
        int link = file.getInt(section + 0x28);
        if (link < 0 || link >= count || size < 0) {
            return;
        }
        int strings = Math.toIntExact(sections + (long) link * sectionSize);
        long names = file.getLong(strings + 0x18);
        long namesEnd = names + file.getLong(strings + 0x20);
        long symbols = Math.min(size / 24, MOST_SYMBOLS);
        for (long i = 0; i < symbols; i++) {
            int at = Math.toIntExact(offset + i * 24);
            int kind = file.get(at + 4) & 0xf;
            long value = file.getLong(at + 8);
            boolean defined = file.getShort(at + 6) != 0;
            if (defined && (kind == FUNCTION || kind == INDIRECT_FUNCTION)) {
                long place = offsetOf(file, value);
                if (place >= 0) {
                    add(
                            place,
                            name(file, names + Integer.toUnsignedLong(file.getInt(at)), namesEnd),
                            file.getLong(at + 16));
                }
            }
        }
    }

    private void add(long place, String name, long size) {
        Symbol known = byOffset.get(place);
        if (!name.isEmpty() && (known == null || better(name, known.name()))) {
            byOffset.put(place, new Symbol(name, Math.max(0, size)));
        }
    }

    /** Of several names for one function the one without leading underscores, then the shorter one. */
    private static boolean better(String name, String known) {
        boolean plain = !name.startsWith("_");
        return plain != !known.startsWith("_") ? plain : name.length() < known.length();
    }

    /** File offset of an address by the program headers; -1 if no segment holds it. */
    private static long offsetOf(ByteBuffer file, long address) {
        long headers = file.getLong(0x20);
        int size = file.getShort(0x36) & 0xffff;
        int count = file.getShort(0x38) & 0xffff;
        for (int i = 0; i < count; i++) {
            int at = Math.toIntExact(headers + (long) i * size);
            long start = file.getLong(at + 0x10);
            long length = file.getLong(at + 0x20);
            if (file.getInt(at) == LOAD && address >= start && address - start < length) {
                return address - start + file.getLong(at + 8);
            }
        }
        return -1;
    }

    private static String name(ByteBuffer file, long from, long end) {
        StringBuilder name = new StringBuilder();
        for (long at = from; at < end && name.length() < LONGEST_NAME; at++) {
            byte c = file.get(Math.toIntExact(at));
            if (c == 0) {
                break;
            }
            name.append((char) (c & 0xff));
        }
        return new String(name.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }
}
