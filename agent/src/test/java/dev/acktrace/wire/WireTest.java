package dev.acktrace.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Both sides must mean the same bytes. */
class WireTest {
    /** Every name that this side uses, as the helper prints it. */
    private static Map<String, Long> ours() {
        Map<String, Long> ours = new HashMap<>();
        constants(ours);
        header(ours);
        record(ours);
        tables(ours);
        commands(ours);
        return ours;
    }

    private static void constants(Map<String, Long> ours) {
        ours.put("WIRE_MAGIC", Wire.MAGIC);
        ours.put("WIRE_VERSION", (long) Wire.VERSION);
        ours.put("WIRE_ABIS", (long) Wire.ABIS);
        ours.put("WIRE_NUMBERS", (long) Wire.NUMBERS);
        ours.put("WIRE_STRAYS", (long) Wire.STRAYS);
        ours.put("WIRE_ARGUMENTS", (long) Wire.ARGUMENTS);
        ours.put("WIRE_SHAPES", (long) Wire.SHAPES);
        ours.put("WIRE_SHAPE_PROBES", (long) Wire.SHAPE_PROBES);
        ours.put("WIRE_SHAPE_FIRST", (long) Wire.SHAPE_FIRST);
        ours.put("WIRE_SHAPE_FIRST_PROBES", (long) Wire.SHAPE_FIRST_PROBES);
        ours.put("WIRE_IMAGES", (long) Wire.IMAGES);
        ours.put("WIRE_RING_SLOTS", (long) Wire.RING_SLOTS);
        ours.put("WIRE_SLOT_SIZE", (long) Wire.SLOT_SIZE);
        ours.put("WIRE_REST_SLOTS", (long) Wire.REST_SLOTS);
        ours.put("WIRE_RECORD_SLOTS", (long) Wire.RECORD_SLOTS);
        ours.put("WIRE_TEXT_MAX", (long) Wire.TEXT_MAX);
        ours.put("WIRE_LOSS_CAUSES", (long) Wire.LOSS_CAUSES);
        ours.put("WIRE_NOTE_KINDS", (long) Wire.NOTE_KINDS);
        ours.put("WIRE_MIX_SEED", Wire.MIX_SEED);
        ours.put("WIRE_COMMAND_MAX", (long) Wire.COMMAND_MAX);
        ours.put("WIRE_DATA_KILL", (long) Wire.DATA_KILL);
        ours.put("WIRE_ACK_RANGE_START", (long) Wire.ACK_RANGE_START);
        ours.put("WIRE_ACK_DESCRIPTORS", (long) Wire.ACK_DESCRIPTORS);
        ours.put("WIRE_ACK_RANGE_SIZE", (long) Wire.ACK_RANGE_SIZE);
        ours.put("WIRE_ABI_X86_64", (long) WireAbi.X86_64);
        ours.put("WIRE_ABI_I386", (long) WireAbi.I386);
        ours.put("WIRE_ABI_X32", (long) WireAbi.X32);
        ours.put("WIRE_FLAG_LAUNCH", (long) RingRecord.FLAG_LAUNCH);
        ours.put("WIRE_FLAG_DENIED", (long) RingRecord.FLAG_DENIED);
        ours.put("WIRE_FLAG_RESULT", (long) RingRecord.FLAG_RESULT);
        ours.put("WIRE_FLAG_AT_ENTRY", (long) RingRecord.FLAG_AT_ENTRY);
        ours.put("WIRE_FLAG_KILLED", (long) RingRecord.FLAG_KILLED);
        ours.put("WIRE_FLAG_HELD", (long) RingRecord.FLAG_HELD);
        ours.put("WIRE_KIND_PADDING", (long) RingRecord.PADDING);
        ours.put("WIRE_KIND_IMAGE", (long) RingRecord.IMAGE);
        ours.put("WIRE_KIND_CALL", (long) RingRecord.CALL);
        ours.put("WIRE_KIND_EXIT", (long) RingRecord.EXIT);
        ours.put("WIRE_KIND_TIGHTENED", (long) RingRecord.TIGHTENED);
        for (Tightened what : Tightened.values()) {
            ours.put("WIRE_TIGHTENED_" + what.name(), (long) what.number());
        }
        ours.put("WIRE_VERDICT_NONE", (long) ShapeTable.NONE);
        ours.put("WIRE_VERDICT_ACKNOWLEDGED", (long) ShapeTable.ACKNOWLEDGED);
        ours.put("WIRE_VERDICT_DENY", (long) ShapeTable.DENY);
        ours.put("WIRE_VERDICT_KILL", (long) ShapeTable.KILL);
        ours.put("WIRE_KIND_REFUSED", (long) RingRecord.REFUSED);
        for (Loss loss : Loss.values()) {
            if (!loss.isFoundByLearner()) {
                ours.put("WIRE_LOSS_" + loss.name(), (long) loss.number());
            }
        }
        for (Note note : Note.values()) {
            ours.put("WIRE_NOTE_" + note.name(), (long) note.number());
        }
        for (TextKind kind : TextKind.values()) {
            ours.put("WIRE_TEXT_" + kind.name(), (long) kind.number());
        }
    }

    private static void header(Map<String, Long> ours) {
        ours.put("wire_header", (long) Wire.HEADER_SIZE);
        ours.put("wire_header.magic", (long) Wire.HEADER_MAGIC);
        ours.put("wire_header.version", (long) Wire.HEADER_VERSION);
        ours.put("wire_header.header_size", (long) Wire.HEADER_HEADER_SIZE);
        ours.put("wire_header.segment_size", (long) Wire.HEADER_SEGMENT_SIZE);
        ours.put("wire_header.epoch_realtime", (long) Wire.HEADER_EPOCH_REALTIME);
        ours.put("wire_header.epoch_monotonic", (long) Wire.HEADER_EPOCH_MONOTONIC);
        ours.put("wire_header.learner_ready", (long) Wire.HEADER_LEARNER_READY);
        ours.put("wire_header.ask", (long) Wire.HEADER_ASK);
        ours.put("wire_header.state", (long) Wire.HEADER_STATE);
        ours.put("wire_header.root_pid", (long) Wire.HEADER_ROOT_PID);
        ours.put("wire_header.root_status", (long) Wire.HEADER_ROOT_STATUS);
        ours.put("wire_header.failure_step", (long) Wire.HEADER_FAILURE_STEP);
        ours.put("wire_header.failure_errno", (long) Wire.HEADER_FAILURE_ERRNO);
        ours.put("wire_header.live_tasks", (long) Wire.HEADER_LIVE_TASKS);
        ours.put("wire_header.peak_tasks", (long) Wire.HEADER_PEAK_TASKS);
        ours.put("wire_header.images", (long) Wire.HEADER_IMAGES);
        ours.put("wire_header.tasks", (long) Wire.HEADER_TASKS);
        ours.put("wire_header.executions", (long) Wire.HEADER_EXECUTIONS);
        ours.put("wire_header.stops", (long) Wire.HEADER_STOPS);
        ours.put("wire_header.shapes", (long) Wire.HEADER_SHAPES);
        ours.put("wire_header.losses", (long) Wire.HEADER_LOSSES);
        ours.put("wire_header.notes", (long) Wire.HEADER_NOTES);
        ours.put("wire_header.ring_head", (long) Wire.HEADER_RING_HEAD);
        ours.put("wire_header.ring_tail", (long) Wire.HEADER_RING_TAIL);
        ours.put("wire_header.learner_waits", (long) Wire.HEADER_LEARNER_WAITS);
        ours.put("wire_header.launches", (long) Wire.HEADER_LAUNCHES);
        ours.put("wire_header.folds", (long) Wire.HEADER_FOLDS);
        ours.put("wire_status", (long) Wire.STATUS_SIZE);
        ours.put("wire_status.launches", (long) Wire.STATUS_LAUNCHES);
        ours.put("wire_status.believed", (long) Wire.STATUS_BELIEVED);
        ours.put("wire_status.state", (long) Wire.STATUS_STATE);
        ours.put("wire_status.root_pid", (long) Wire.STATUS_ROOT_PID);
        ours.put("wire_status.root_status", (long) Wire.STATUS_ROOT_STATUS);
        ours.put("wire_status.failure_step", (long) Wire.STATUS_FAILURE_STEP);
        ours.put("wire_status.failure_errno", (long) Wire.STATUS_FAILURE_ERRNO);
        ours.put("wire_status.forged", (long) Wire.STATUS_FORGED);
        ours.put("wire_status.learner_waits", (long) Wire.STATUS_LEARNER_WAITS);
    }

    private static void record(Map<String, Long> ours) {
        ours.put("wire_record", (long) Wire.SLOT_SIZE);
        ours.put("wire_record.commit", (long) Wire.RECORD_COMMIT);
        ours.put("wire_record.kind", (long) Wire.RECORD_KIND);
        ours.put("wire_record.flags", (long) Wire.RECORD_FLAGS);
        ours.put("wire_record.slots", (long) Wire.RECORD_SLOT_COUNT);
        ours.put("wire_record.texts", (long) Wire.RECORD_TEXTS);
        ours.put("wire_record.pid", (long) Wire.RECORD_PID);
        ours.put("wire_record.tid", (long) Wire.RECORD_TID);
        ours.put("wire_record.time_ns", (long) Wire.RECORD_TIME_NS);
        ours.put("wire_record.arch", (long) Wire.RECORD_ARCH);
        ours.put("wire_record.number", (long) Wire.RECORD_NUMBER);
        ours.put("wire_record.arguments", (long) Wire.RECORD_ARGUMENTS);
        ours.put("wire_record.instruction_pointer", (long) Wire.RECORD_INSTRUCTION_POINTER);
        ours.put("wire_record.result", (long) Wire.RECORD_RESULT);
        ours.put("wire_record.fingerprint", (long) Wire.RECORD_FINGERPRINT);
        ours.put("wire_record.image", (long) Wire.RECORD_IMAGE);
        ours.put("wire_record.site_offset", (long) Wire.RECORD_SITE_OFFSET);
        ours.put("wire_text_head", (long) Wire.TEXT_HEAD_SIZE);
        ours.put("wire_text_head.kind", (long) Wire.TEXT_KIND);
        ours.put("wire_text_head.argument", (long) Wire.TEXT_ARGUMENT);
        ours.put("wire_text_head.truncated", (long) Wire.TEXT_TRUNCATED);
        ours.put("wire_text_head.length", (long) Wire.TEXT_LENGTH);
    }

    private static void tables(Map<String, Long> ours) {
        ours.put("wire_stray", (long) Wire.STRAY_SIZE);
        ours.put("wire_stray.abi", (long) Wire.STRAY_ABI);
        ours.put("wire_stray.number", (long) Wire.STRAY_NUMBER);
        ours.put("wire_stray.count", (long) Wire.STRAY_COUNT);
        ours.put("wire_call_facts", (long) Wire.FACTS_SIZE);
        ours.put("wire_call_facts.mask", (long) Wire.FACTS_MASK);
        ours.put("wire_call_facts.text", (long) Wire.FACTS_TEXT);
        ours.put("wire_call_facts.length", (long) Wire.FACTS_LENGTH);
        ours.put("wire_shape", (long) Wire.SHAPE_SIZE);
        ours.put("wire_shape.fingerprint", (long) Wire.SHAPE_FINGERPRINT);
        ours.put("wire_shape.count", (long) Wire.SHAPE_COUNT);
        ours.put("wire_shape.first_ns", (long) Wire.SHAPE_FIRST_NS);
        ours.put("wire_shape.last_ns", (long) Wire.SHAPE_LAST_NS);
        ours.put("wire_shape.verdict", (long) Wire.SHAPE_VERDICT);
        ours.put("wire_shape.verdict_errno", (long) Wire.SHAPE_VERDICT_ERRNO);
        ours.put("wire_segment", (long) Wire.SEGMENT_SIZE);
        ours.put("wire_segment.counts", (long) Wire.COUNTS);
        ours.put("wire_segment.strays", (long) Wire.STRAY_TABLE);
        ours.put("wire_segment.facts", (long) Wire.FACTS);
        ours.put("wire_segment.shapes", (long) Wire.SHAPE_TABLE);
        ours.put("wire_segment.ring", (long) Wire.RING);
    }

    private static void commands(Map<String, Long> ours) {
        ours.put("wire_command", (long) Wire.COMMAND_SIZE);
        ours.put("wire_launch", (long) Wire.LAUNCH_SIZE);
        ours.put("wire_signal", (long) Wire.SIGNAL_SIZE);
        ours.put("wire_answer", (long) Wire.ANSWER_SIZE);
        ours.put("wire_tighten", (long) Wire.TIGHTEN_SIZE);
        ours.put("WIRE_TIGHTEN_FORCE", (long) CommandWriter.TIGHTEN_FORCE);
        ours.put("WIRE_MODE_TRACE", (long) CommandWriter.MODE_TRACE);
        ours.put("WIRE_MODE_ENFORCE", (long) CommandWriter.MODE_ENFORCE);
        ours.put("WIRE_MODE_ACK", (long) CommandWriter.MODE_ACK);
        ours.put("WIRE_LAUNCH_FOLLOW_ROOT", (long) CommandWriter.FOLLOW_ROOT);
        ours.put("WIRE_LAUNCH_TSYNC", (long) CommandWriter.TSYNC);
        ours.put("WIRE_LAUNCH_LOG", (long) CommandWriter.LOG);
        ours.put("WIRE_LAUNCH_ACCELERATE", (long) CommandWriter.ACCELERATE);
    }

    @Test
    void every_constant_of_this_side_is_that_of_the_helper() throws Exception {
        assertThat(HelperBinary.wire()).containsAllEntriesOf(ours());
    }

    @Test
    void every_cause_kind_and_text_of_the_helper_has_a_name_here() throws Exception {
        Map<String, Long> ours = ours();
        for (String name : HelperBinary.wire().keySet()) {
            if (name.startsWith("WIRE_LOSS_") || name.startsWith("WIRE_NOTE_") || name.startsWith("WIRE_TEXT_")) {
                assertThat(ours).containsKey(name);
            }
        }
    }

    @Test
    void states_and_failures_have_the_helpers_numbers() throws Exception {
        Map<String, Long> theirs = HelperBinary.wire();
        for (TargetState state : TargetState.values()) {
            assertThat(TargetState.of(theirs.getOrDefault("WIRE_STATE_" + state.name(), -1L)
                            .intValue()))
                    .isEqualTo(state);
        }
        for (LaunchFailure failure : LaunchFailure.values()) {
            assertThat(LaunchFailure.of(theirs.getOrDefault("WIRE_FAILURE_" + failure.name(), -1L)
                            .intValue()))
                    .isEqualTo(failure);
        }
        assertThat(theirs.keySet().stream().filter(name -> name.startsWith("WIRE_STATE_")))
                .hasSameSizeAs(TargetState.values());
        assertThat(theirs.keySet().stream().filter(name -> name.startsWith("WIRE_FAILURE_")))
                .hasSameSizeAs(LaunchFailure.values());
    }

    @Test
    void the_calls_that_the_stub_must_see_are_the_helpers() throws Exception {
        Set<Long> theirs = new TreeSet<>();
        HelperBinary.wire().forEach((name, value) -> {
            if (name.startsWith("WIRE_ACK_TRAP_")) {
                theirs.add(value);
            }
        });
        assertThat(AckCalls.trapped().stream().map(call -> (long) call.number()))
                .containsExactlyInAnyOrderElementsOf(theirs);
    }
}
