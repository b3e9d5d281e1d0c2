package dev.acktrace.refine;

import dev.acktrace.policy.Policy;
import dev.acktrace.recording.Recording;
import dev.acktrace.recording.RecordingFile;
import java.util.Optional;

/**
 * How a session begins.
 *
 * @param start the policy that holds from the beginning
 * @param file where the evidence is streamed to; closed with the session
 * @param earlier evidence of earlier runs: what is in it counts as learned
 * @param salvage absolute path where the helper saves the segment if this process dies; empty for nowhere
 * @param ack whether targets report by themselves, from the stub; else ptrace is used
 * @param who login name of the person who decides
 */
public record RefinePlan(
        Optional<Policy> start,
        Optional<RecordingFile> file,
        Recording earlier,
        String salvage,
        boolean ack,
        String who) {}
