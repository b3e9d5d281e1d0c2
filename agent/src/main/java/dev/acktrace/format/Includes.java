package dev.acktrace.format;

import java.io.IOException;

/** The files that a policy names and wants read as part of itself. */
public interface Includes {
    /** Nothing can be read. */
    Includes NONE = new Includes() {
        @Override
        public String resolve(String path, String from) {
            return path;
        }

        @Override
        public byte[] read(String file) throws IOException {
            throw new IOException("other files are not read here");
        }
    };

    /**
     * The file that a path means.
     *
     * @param path as the policy writes it
     * @param from the file that names it
     */
    String resolve(String path, String from);

    /**
     * Reads a file that was resolved.
     *
     * @throws IOException with a reason for people
     */
    byte[] read(String file) throws IOException;
}
