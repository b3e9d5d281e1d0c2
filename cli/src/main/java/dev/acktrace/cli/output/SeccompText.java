package dev.acktrace.cli.output;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.acktrace.session.SeccompStatus;
import java.io.IOException;
import java.util.List;

/** The seccomp state of a process, one line a thread. */
public final class SeccompText implements Json.TextAndDocument {
    private final int pid;
    private final List<SeccompStatus> threads;

    /** The state of a process. */
    public SeccompText(int pid, List<SeccompStatus> threads) {
        this.pid = pid;
        this.threads = threads;
    }

    @Override
    public String text(Palette palette) {
        Table table = new Table("rlllr");
        table.row("tid", "name", "mode", "no-new-privs", "filters");
        for (SeccompStatus thread : threads) {
            table.row(
                    Integer.toString(thread.tid()),
                    thread.name(),
                    thread.modeName(),
                    thread.noNewPrivs() < 0 ? "unknown" : thread.noNewPrivs() == 1 ? "yes" : "no",
                    thread.filters() < 0 ? "unknown" : Integer.toString(thread.filters()));
        }
        return palette.heading("process " + pid) + "\n" + table.text("  ");
    }

    @Override
    public void writeTo(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("acktrace", "process");
        json.writeNumberField("schema", 1);
        json.writeNumberField("pid", pid);
        json.writeArrayFieldStart("threads");
        for (SeccompStatus thread : threads) {
            json.writeStartObject();
            json.writeNumberField("tid", thread.tid());
            json.writeStringField("name", thread.name());
            json.writeStringField("mode", thread.modeName());
            if (thread.filters() >= 0) {
                json.writeNumberField("filters", thread.filters());
            }
            if (thread.noNewPrivs() >= 0) {
                json.writeBooleanField("no_new_privs", thread.noNewPrivs() == 1);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }
}
