package dev.acktrace.cli.repl;

import dev.acktrace.fault.FaultException;
import dev.acktrace.recording.ShapeKey;
import dev.acktrace.refine.Decision;
import dev.acktrace.refine.Phase;
import dev.acktrace.refine.RefineSession;
import dev.acktrace.refine.ShapeView;
import dev.acktrace.session.CommandWords;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** What verbs work on. */
final class ReplContext implements CompletionSource {
    private final RefineSession session;
    private final Screen screen;
    private final Settings settings;
    private final TargetOutput output;
    private final Set<ShapeKey> shown = new HashSet<>();
    private List<byte[]> command;
    private String policyFile;
    private OptionalInt quit = OptionalInt.empty();

    /**
     * A session with its surroundings.
     *
     * @param command the target's words as the JVM decoded them; empty: none yet
     * @param policyFile the policy that the session began with; empty: none
     */
    ReplContext(
            RefineSession session,
            Screen screen,
            Settings settings,
            TargetOutput output,
            List<String> command,
            String policyFile) {
        this.session = session;
        this.screen = screen;
        this.settings = settings;
        this.output = output;
        this.command = command.isEmpty() ? List.of() : CommandWords.raw(command);
        this.policyFile = policyFile;
    }

    RefineSession session() {
        return session;
    }

    Screen screen() {
        return screen;
    }

    /** What {@code set} sets. */
    Settings set() {
        return settings;
    }

    TargetOutput output() {
        return output;
    }

    List<byte[]> command() {
        return command;
    }

    void command(List<byte[]> words) {
        command = words;
    }

    String policyFile() {
        return policyFile;
    }

    void policyFile(String file) {
        policyFile = file;
    }

    /** Marks a shape as shown; returns whether it was not before. */
    boolean show(ShapeKey key) {
        return shown.add(key);
    }

    @Override
    public List<ShapeView> shapes() {
        return session.engine().shapes();
    }

    @Override
    public List<Decision> decisions() {
        return session.refinement().all();
    }

    @Override
    public List<String> phases() {
        return session.phases().stream().map(Phase::name).toList();
    }

    @Override
    public Map<String, String> settings() {
        return settings.all();
    }

    void quit(int status) {
        quit = OptionalInt.of(status);
    }

    /** The exit status that {@code quit} asked for; empty while the session goes on. */
    OptionalInt quitting() {
        return quit;
    }

    void print(String lines) {
        screen.print(lines);
    }

    /** Passes on what failed in another thread. */
    void checkHelper() throws FaultException {
        var failure = session.engine().takeFailure();
        if (failure.isPresent()) {
            throw failure.get();
        }
    }
}
