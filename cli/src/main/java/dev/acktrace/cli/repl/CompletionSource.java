package dev.acktrace.cli.repl;

import dev.acktrace.refine.Decision;
import dev.acktrace.refine.ShapeView;
import java.util.List;
import java.util.Map;

/** What of a session can be named on a line. */
interface CompletionSource {
    /** Everything that was seen. */
    List<ShapeView> shapes();

    /** Every decision ever made. */
    List<Decision> decisions();

    /** Names of the phases. */
    List<String> phases();

    /** Settings with their values. */
    Map<String, String> settings();
}
