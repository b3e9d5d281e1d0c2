package dev.acktrace.cli.output;

import dev.acktrace.fault.Fault;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Standard output and standard error: results on the first, everything else on the second. Text is collected and
 * written in whole pieces, so that lines of acktrace and of the target do not mix within a line.
 */
public final class Console {
    /** File descriptor of standard output. */
    public static final int OUT = 1;

    /** File descriptor of standard error. */
    public static final int ERR = 2;

    private final OutputStream outStream;
    private final OutputStream errStream;
    private ColorChoice color = ColorChoice.AUTO;
    private Optional<IOException> outFailure = Optional.empty();

    /** The process's own streams. */
    public Console() {
        this(new FileOutputStream(FileDescriptor.out), new FileOutputStream(FileDescriptor.err));
    }

    /** Streams of the caller's choice, for tests and sessions. */
    public Console(OutputStream outStream, OutputStream errStream) {
        this.outStream = outStream;
        this.errStream = errStream;
    }

    /** Sets what {@code --color} said. */
    public void color(ColorChoice choice) {
        color = choice;
    }

    /** The palette of standard output. */
    public Palette outPalette() {
        return Palette.of(color.applies(OUT));
    }

    /** The palette of standard error. */
    public Palette errPalette() {
        return Palette.of(color.applies(ERR));
    }

    /** Writes text to standard output, as it is. A failure is kept and told by {@link #outFailure()}. */
    public void out(String text) {
        out(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes bytes to standard output, as they are. */
    public void out(byte[] bytes) {
        if (outFailure.isPresent()) {
            return;
        }
        try {
            outStream.write(bytes);
            outStream.flush();
        } catch (IOException e) {
            outFailure = Optional.of(e);
        }
    }

    /** A stream onto standard output for writers that need one; closing it does nothing but flush. */
    public OutputStream outStream() {
        return new OutputStream() {
            @Override
            public void write(int b) {
                out(new byte[] {(byte) b});
            }

            @Override
            public void write(byte[] bytes, int offset, int length) {
                out(Arrays.copyOfRange(bytes, offset, offset + length));
            }
        };
    }

    /** Writes text to standard error, as it is; a failure is ignored, for there is nowhere to tell it. */
    public void err(String text) {
        try {
            errStream.write(text.getBytes(StandardCharsets.UTF_8));
            errStream.flush();
        } catch (IOException e) {
            // Standard error is gone: the exit status has to do.
        }
    }

    /** Writes one line of progress or advice to standard error, with the program's name before it. */
    public void note(String line) {
        err("acktrace: " + line + "\n");
    }

    /** Writes a failure to standard error, in its three parts. */
    public void fault(Fault fault) {
        Palette palette = errPalette();
        err(palette.bad("acktrace:") + " " + fault.text().replace("\n  ", "\n          ") + "\n");
    }

    /** The first failure of writing to standard output, if there was one. */
    public Optional<IOException> outFailure() {
        return outFailure;
    }
}
