package dev.acktrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.acktrace.wire.FakeHelper.TextOf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingReaderTest {
    private static final int X86_64 = 0xC000003E;

    @Test
    void an_empty_ring_has_no_record() throws Exception {
        assertThat(new RingReader(new FakeHelper().segment()).next()).isEmpty();
    }

    @Test
    void a_record_comes_out_as_it_was_written() throws Exception {
        FakeHelper helper = new FakeHelper();
        long[] arguments = {1, 2, 3, 4, 5, -1};
        helper.call(7, X86_64, 257, arguments, List.of(new TextOf(TextKind.PATH, 1, "/etc/passwd")));
        RingRecord found = new RingReader(helper.segment()).next().orElseThrow();
        assertThat(found.kind()).isEqualTo(RingRecord.CALL);
        assertThat(found.number()).isEqualTo(257);
        assertThat(found.arguments()).containsExactly(arguments);
        assertThat(found.image()).isEqualTo(7);
        assertThat(found.texts()).hasSize(1);
        assertThat(found.texts().get(0).string()).isEqualTo("/etc/passwd");
        assertThat(found.texts().get(0).argument()).isEqualTo(1);
    }

    @Test
    void a_record_that_is_not_committed_is_not_taken() throws Exception {
        FakeHelper helper = new FakeHelper();
        helper.call(0, X86_64, 1, new long[6], List.of());
        helper.bytes().putLong(Wire.RING, 0);
        assertThat(new RingReader(helper.segment()).next()).isEmpty();
    }

    @Test
    void many_rounds_keep_the_order_and_lose_nothing() throws Exception {
        FakeHelper helper = new FakeHelper();
        RingReader ring = new RingReader(helper.segment());
        Random random = new Random(11);
        int written = 0;
        int read = 0;
        for (int round = 0; round < 300; round++) {
            int burst = 1 + random.nextInt(200);
            for (int i = 0; i < burst; i++) {
                String path = "/" + "x".repeat(random.nextInt(Wire.TEXT_MAX));
                helper.call(written++, X86_64, 2, new long[6], List.of(new TextOf(TextKind.PATH, 0, path)));
            }
            Optional<RingRecord> next = ring.next();
            while (next.isPresent()) {
                assertThat(next.get().image()).isEqualTo(read++);
                next = ring.next();
            }
        }
        assertThat(read).isEqualTo(written);
    }

    @Test
    void the_text_of_an_old_record_is_never_taken_for_a_head() throws Exception {
        FakeHelper helper = new FakeHelper();
        RingReader ring = new RingReader(helper.segment());
        long inner = Wire.RING_SLOTS + 1;
        StringBuilder text = new StringBuilder("\0".repeat(Wire.SLOT_SIZE - Wire.TEXT_HEAD_SIZE));
        for (int i = 0; i < 8; i++) {
            text.append((char) ((inner + 1) >> (8 * i) & 0x7f));
        }
        helper.call(0, X86_64, 1, new long[6], List.of(new TextOf(TextKind.PATH, 0, text.toString())));
        assertThat(ring.next()).isPresent();
        while (helper.bytes().getLong(Wire.HEADER_RING_HEAD) < Wire.RING_SLOTS) {
            helper.call(0, X86_64, 1, new long[6], List.of());
            assertThat(ring.next()).isPresent();
        }
        helper.call(0, X86_64, 1, new long[6], List.of());
        assertThat(ring.next()).isPresent();
        assertThat(ring.next()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Wire.RECORD_SLOTS + 1, 0xffff})
    void a_size_out_of_bounds_is_refused_and_the_rest_can_go_on(int slots) throws Exception {
        FakeHelper helper = new FakeHelper();
        helper.call(0, X86_64, 1, new long[6], List.of());
        helper.bytes().putShort(Wire.RING + Wire.RECORD_SLOT_COUNT, (short) slots);
        RingReader ring = new RingReader(helper.segment());
        assertThatThrownBy(ring::next).isInstanceOf(WireException.class);
        ring.resynchronize();
        helper.call(5, X86_64, 3, new long[6], List.of());
        assertThat(ring.next().orElseThrow().image()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Wire.TEXT_MAX + 1, 121, Integer.MAX_VALUE})
    void a_text_beyond_its_record_is_refused(int length) throws Exception {
        FakeHelper helper = new FakeHelper();
        helper.call(0, X86_64, 1, new long[6], List.of(new TextOf(TextKind.PATH, 0, "/x")));
        helper.bytes().putInt(Wire.RING + Wire.SLOT_SIZE + Wire.TEXT_LENGTH, length);
        assertThatThrownBy(new RingReader(helper.segment())::next).isInstanceOf(WireException.class);
    }

    @Test
    void whatever_stands_in_the_segment_nothing_but_the_declared_exception_comes_out() throws Exception {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            FakeHelper helper = new FakeHelper();
            List<Integer> kinds = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                helper.call(i, X86_64, i, new long[6], List.of(new TextOf(TextKind.PATH, 0, "/some/path" + i)));
            }
            scribble(helper, random, 1 + random.nextInt(4000));
            RingReader ring = new RingReader(helper.segment());
            for (int i = 0; i < 2 * Wire.RING_SLOTS; i++) {
                try {
                    Optional<RingRecord> next = ring.next();
                    if (next.isEmpty()) {
                        break;
                    }
                    kinds.add(next.get().kind());
                } catch (WireException e) {
                    ring.resynchronize();
                }
            }
            assertThat(kinds).as("seed " + seed).hasSizeLessThanOrEqualTo(Wire.RING_SLOTS);
        }
    }

    private static void scribble(FakeHelper helper, Random random, int times) {
        for (int i = 0; i < times; i++) {
            int at = 64 + random.nextInt(Wire.SEGMENT_SIZE - 72);
            if (random.nextBoolean()) {
                at = Wire.RING + random.nextInt(200 * Wire.SLOT_SIZE);
            }
            if (random.nextInt(4) == 0) {
                helper.bytes().putLong(at & ~7, random.nextInt(300));
            } else {
                helper.bytes().put(at, (byte) random.nextInt());
            }
        }
    }
}
