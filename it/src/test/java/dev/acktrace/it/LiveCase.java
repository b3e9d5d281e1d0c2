package dev.acktrace.it;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One record of {@code cases.json}.
 *
 * @param name what the test is called
 * @param command argv; {@code {guests}} is the directory of built guests, {@code {sources}} that of their sources
 * @param guests guests to be built first
 * @param needs commands or facts without which the case is skipped; see {@link Needs}
 * @param stdin what the program reads
 * @param output how the output is compared
 * @param status the exit status of the untraced run, where the case states it
 * @param changed what is different under a tracer, with the reason
 * @param enforced what is different under the policy and nothing else, with the reason
 * @param tolerated calls that may be in one set and not in the other, with the reason
 * @param underAck what else is different under {@code --backend ack}
 * @param learnings how many learning runs the policy is made of
 * @param timeoutSeconds for each run
 */
record LiveCase(
        String name,
        List<String> command,
        List<String> guests,
        List<String> needs,
        String stdin,
        Output output,
        Optional<Integer> status,
        Optional<Changed> changed,
        Optional<Changed> enforced,
        List<Tolerance> tolerated,
        UnderAck underAck,
        int learnings,
        int timeoutSeconds) {

    /** How the standard output of two runs is compared. */
    enum Output {
        SAME,
        SAME_LINES_IN_ANY_ORDER,
        IGNORED
    }

    /** What a run prints and returns instead of what the untraced one does. */
    record Changed(String stdout, int status, String reason) {
        static Changed from(Json json) {
            return new Changed(
                    json.need("stdout").text(),
                    (int) json.need("status").number(),
                    json.need("reason").text());
        }
    }

    /** Calls that need not be the same in all runs. */
    record Tolerance(List<String> calls, String reason) {
        static List<Tolerance> list(Json json) {
            return json.get("tolerate").map(Json::elements).orElse(List.of()).stream()
                    .map(one -> new Tolerance(
                            one.need("calls").texts(), one.need("reason").text()))
                    .toList();
        }
    }

    /**
     * The expectations of the backend that reports from inside the target.
     *
     * @param tolerated calls that may be in one set and not in the other, with the reason
     */
    record UnderAck(List<Tolerance> tolerated) {
        static final UnderAck THE_SAME = new UnderAck(List.of());

        static UnderAck from(Json json) {
            return new UnderAck(Tolerance.list(json));
        }
    }

    /** Whether this call is excused by the case itself. */
    boolean tolerates(Backend backend, Call call) {
        Stream<Tolerance> all = backend == Backend.ACK
                ? Stream.concat(tolerated.stream(), underAck.tolerated.stream())
                : tolerated.stream();
        return all.anyMatch(tolerance -> tolerance.calls().contains(call.name()));
    }

    /** The command with the directories filled in. */
    List<String> words() {
        return command.stream()
                .map(word -> word.replace("{guests}", Project.GUESTS.toString())
                        .replace("{sources}", Project.GUEST_SOURCES.toString()))
                .toList();
    }

    static LiveCase from(Json json) {
        return new LiveCase(
                json.need("name").text(),
                json.need("run").texts(),
                json.texts("guests"),
                json.texts("needs"),
                json.get("stdin").map(Json::text).orElse(""),
                json.get("output").map(text -> Output.valueOf(text.text())).orElse(Output.SAME),
                json.get("status").map(status -> (int) status.number()),
                json.get("changed").map(Changed::from),
                json.get("enforced").map(Changed::from),
                Tolerance.list(json),
                json.get("ack").map(UnderAck::from).orElse(UnderAck.THE_SAME),
                json.get("learnings").map(runs -> (int) runs.number()).orElse(1),
                json.get("timeout").map(seconds -> (int) seconds.number()).orElse(60));
    }
}
