package dev.acktrace.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SegmentTest {
    @Test
    void a_short_or_foreign_buffer_is_refused() {
        assertThatThrownBy(() -> Segment.of(ByteBuffer.allocate(4096))).isInstanceOf(WireException.class);
        assertThatThrownBy(() -> Segment.of(ByteBuffer.allocate(Wire.SEGMENT_SIZE)))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("magic");
    }

    @Test
    void another_version_is_refused_by_name() throws Exception {
        FakeHelper helper = new FakeHelper();
        helper.bytes().putInt(Wire.HEADER_VERSION, Wire.VERSION + 1);
        assertThatThrownBy(helper::segment)
                .isInstanceOf(WireException.class)
                .hasMessageContaining("different versions");
    }

    @Test
    void counters_and_strays_are_read_where_they_stand() throws Exception {
        FakeHelper helper = new FakeHelper();
        helper.count(WireAbi.I386, 102, 5);
        helper.stray(3, WireAbi.X86_64, 0x7fff0001, 9);
        helper.stray(4, 17, 1, 9);
        Segment segment = helper.segment();
        assertThat(segment.count(WireAbi.I386, 102)).isEqualTo(5);
        assertThat(segment.count(WireAbi.X86_64, 102)).isZero();
        assertThat(segment.strays()).containsExactly(new Segment.Stray(WireAbi.X86_64, 0x7fff0001, 9));
    }

    @Test
    void facts_stand_in_the_segment_as_they_were_set() throws Exception {
        Segment segment = new FakeHelper().segment();
        long[] masks = {0, -1L, 0xffff_ffffL, 0, 0, 7};
        TextKind[] texts = {TextKind.PATH, TextKind.NONE, TextKind.SOCKADDR, TextKind.NONE, TextKind.NONE, TextKind.NONE
        };
        segment.facts(WireAbi.X32, 1023, masks, texts, new int[] {0, 0, 3, 0, 0, 0});
        assertThat(segment.masks(WireAbi.X32, 1023)).containsExactly(masks);
        assertThat(segment.masks(WireAbi.X32, 1024)).containsOnly(0);
        assertThatThrownBy(() -> segment.facts(3, 0, masks, texts, new int[6]))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void what_stands_in_the_status_page_is_believed_and_the_header_is_not() throws Exception {
        FakeHelper helper = new FakeHelper();
        helper.state(TargetState.FAILED);
        helper.rootStatus(9);
        helper.bytes().putInt(Wire.HEADER_LAUNCHES, 77);
        ByteBuffer page = page(0, 1);
        Segment segment = Segment.of(helper.bytes(), new StatusPage(page));
        assertThat(segment.launches()).isEqualTo(1);
        assertThat(segment.state()).isEqualTo(TargetState.FAILED);
        assertThat(segment.isSharedWithTarget()).isFalse();
        page.putInt(Wire.STATUS_BELIEVED, 1);
        assertThat(segment.state()).isEqualTo(TargetState.RUNNING);
        assertThat(segment.rootStatus()).isEqualTo(3 << 8);
        assertThat(segment.failureStep()).isEqualTo(LaunchFailure.NONE);
        assertThat(segment.forgeries()).isEqualTo(5);
        segment.learnerWaits(true);
        assertThat(page.getInt(Wire.STATUS_LEARNER_WAITS)).isEqualTo(1);
    }

    private static ByteBuffer page(int believed, int launches) {
        return ByteBuffer.allocateDirect(Wire.STATUS_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(Wire.STATUS_BELIEVED, believed)
                .putInt(Wire.STATUS_LAUNCHES, launches)
                .putInt(Wire.STATUS_STATE, 2)
                .putInt(Wire.STATUS_ROOT_STATUS, 3 << 8)
                .putInt(Wire.STATUS_FORGED, 5);
    }

    @Test
    void a_state_that_nobody_knows_is_final() {
        assertThat(TargetState.of(77).isFinal()).isTrue();
        assertThat(TargetState.of(-1).isFinal()).isTrue();
    }

    @Test
    void preloaded_shapes_are_found_and_a_full_neighbourhood_refuses() throws Exception {
        ShapeTable table = new ShapeTable(new FakeHelper().segment());
        long five = 5 + (3000L << 32); // the later probes go far behind the first
        for (long i = 0; i < Wire.SHAPE_PROBES; i++) {
            int slot = table.preload(five + (i << 16), ShapeTable.ACKNOWLEDGED);
            assertThat(slot).isEqualTo((i < Wire.SHAPE_FIRST_PROBES ? 5 : Wire.SHAPE_FIRST + 3000) + (int) i);
            assertThat(table.find(five + (i << 16))).isEqualTo(slot);
            assertThat(table.verdict(slot)).isEqualTo(ShapeTable.ACKNOWLEDGED);
        }
        assertThat(table.preload(five + (1000L << 16), ShapeTable.ACKNOWLEDGED)).isEqualTo(-1);
        assertThat(table.find(five + (1000L << 16))).isEqualTo(-1);
        assertThat(table.find(0)).isEqualTo(-1);
    }

    @Test
    void the_table_fills_evenly() throws Exception {
        ShapeTable table = new ShapeTable(new FakeHelper().segment());
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 28_000; i++) {
            assertThat(table.preload(random.nextLong(), ShapeTable.ACKNOWLEDGED))
                    .as("shape %s", i)
                    .isNotNegative();
        }
    }

    @Test
    void both_parts_of_the_table_wrap_at_their_ends() throws Exception {
        ShapeTable table = new ShapeTable(new FakeHelper().segment());
        long last = Wire.SHAPE_FIRST - 1L + ((Wire.SHAPES - Wire.SHAPE_FIRST - 17L) << 32);
        for (long i = 0; i < 18; i++) {
            int slot = table.preload(last + (i << 16), ShapeTable.ACKNOWLEDGED);
            assertThat(slot)
                    .isEqualTo(
                            switch ((int) i) {
                                case 0 -> Wire.SHAPE_FIRST - 1;
                                case 16 -> Wire.SHAPES - 1;
                                case 17 -> Wire.SHAPE_FIRST;
                                default -> (int) i - 1;
                            });
            assertThat(table.find(last + (i << 16))).isEqualTo(slot);
        }
    }

    @Test
    void fingerprints_differ_for_each_word_and_are_never_zero() {
        Random random = new Random(3);
        long[] arguments = random.longs(6).toArray();
        long base = Fingerprint.of(1, 0, 2, arguments);
        assertThat(Fingerprint.of(2, 0, 2, arguments)).isNotEqualTo(base).isNotZero();
        assertThat(Fingerprint.of(1, 1, 2, arguments)).isNotEqualTo(base);
        assertThat(Fingerprint.of(1, 0, 3, arguments)).isNotEqualTo(base);
        for (int i = 0; i < 6; i++) {
            long[] other = arguments.clone();
            other[i] ^= 1;
            assertThat(Fingerprint.of(1, 0, 2, other)).isNotEqualTo(base);
        }
    }

    @Test
    void the_image_hash_is_fnv_1a() {
        assertThat(Fingerprint.imageHash(new byte[0])).isEqualTo(0xcbf29ce484222325L);
        assertThat(Fingerprint.imageHash(new byte[] {'a'})).isEqualTo(0xaf63dc4c8601ec8cL);
        assertThat(Fingerprint.imageHash("foobar".getBytes(StandardCharsets.US_ASCII)))
                .isEqualTo(0x85944171f73967e8L);
    }
}
