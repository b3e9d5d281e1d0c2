package dev.acktrace.cli.repl;

import dev.acktrace.refine.ElfSymbols;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Symbols of mapped files, read once a file. */
final class Symbols {
    private static final int MOST_FILES = 64;
    private static final Map<String, ElfSymbols> READ = new LinkedHashMap<>();

    private Symbols() {}

    /** {@code libc.so.6 connect+0x14}, or the file and the offset where no symbol covers it. */
    static synchronized String describe(String file, long offset) {
        if (!file.startsWith("/")) {
            return file + "+0x" + Long.toHexString(offset);
        }
        if (READ.size() > MOST_FILES) {
            READ.clear();
        }
        ElfSymbols symbols = READ.computeIfAbsent(file, name -> ElfSymbols.read(Path.of(name)));
        String place = symbols.at(offset).map(ElfSymbols.Place::toString).orElse("+0x" + Long.toHexString(offset));
        return place.startsWith("+") ? file + place : file + " " + place;
    }
}
