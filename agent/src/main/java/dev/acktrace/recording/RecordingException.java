package dev.acktrace.recording;

import java.io.Serial;

/** A line of a recording or a journal breaks its format or a limit. */
public final class RecordingException extends Exception {
    @Serial
    private static final long serialVersionUID = 1L;

    /** What is wrong, with the line where it is. */
    public RecordingException(String message) {
        super(message);
    }
}
