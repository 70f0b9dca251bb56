package org.interposer.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.interposer.api.state.StateCodec;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.junit.jupiter.api.Test;

final class StateCodecTest {
    private static final int FORMAT_OFFSET = 8;

    private final StateCodec codec = new ComponentStateCodec();

    private static StateRecord sample() {
        StateRecord inner = StateRecord.of("inner", 3).put("n", -1).build();
        return StateRecord.of("outer", 2)
                .put("zero", 0)
                .put("least", Long.MIN_VALUE)
                .put("most", Long.MAX_VALUE)
                .put("flag", true)
                .put("text", "grün, two\nlines")
                .put("empty", "")
                .put("bytes", new byte[] {0, 1, -1})
                .put("noBytes", new byte[0])
                .put("nested", inner)
                .put("records", List.of(inner, StateRecord.of("other", 1).build()))
                .put("noRecords", List.of())
                .build();
    }

    private byte[] encode(StateRecord record) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        codec.write(record, out);
        return out.toByteArray();
    }

    private StateRecord decode(byte[] bytes) throws IOException {
        return codec.read(new ByteArrayInputStream(bytes));
    }

    private String refusal(byte[] bytes) {
        return assertThrows(StateException.class, () -> decode(bytes)).getMessage();
    }

    @Test
    void everyKindOfValueComesBackInOrder() throws IOException {
        StateRecord read = decode(encode(sample()));
        assertEquals(sample(), read);
        assertEquals(
                new ArrayList<>(sample().fields().keySet()),
                new ArrayList<>(read.fields().keySet()));
    }

    @Test
    void randomRecordsComeBack() throws IOException {
        Random random = new Random(20261123);
        for (int i = 0; i < 300; i++) {
            StateRecord record = random(random, 0);
            assertEquals(record, decode(encode(record)));
        }
    }

    private static StateRecord random(Random random, int depth) {
        StateRecord.Builder builder =
                StateRecord.of("type" + random.nextInt(10), 1 + random.nextInt(Integer.MAX_VALUE));
        for (int i = random.nextInt(8); i > 0; i--) {
            String name = "field" + i;
            switch (random.nextInt(depth < 4 ? 5 : 3)) {
                case 0 -> builder.put(name, random.nextLong() >> random.nextInt(64));
                case 1 -> builder.put(name, "x".repeat(random.nextInt(300)) + "\u20ac\0");
                case 2 -> {
                    byte[] bytes = new byte[random.nextInt(5000)];
                    random.nextBytes(bytes);
                    builder.put(name, bytes);
                }
                case 3 -> builder.put(name, random(random, depth + 1));
                default ->
                        builder.put(
                                name,
                                List.of(random(random, depth + 1), random(random, depth + 1)));
            }
        }
        return builder.build();
    }

    @Test
    void recordsFollowEachOtherOnAStream() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        codec.write(sample(), out);
        codec.write(StateRecord.of("second", 1).build(), out);
        ByteArrayInputStream in = new ByteArrayInputStream(out.toByteArray());
        assertEquals("outer", codec.read(in).type());
        assertEquals("second", codec.read(in).type());
        assertEquals(0, in.available());
    }

    @Test
    void inputThatEndsAtAnyByteIsRefused() throws IOException {
        byte[] whole = encode(sample());
        for (int length = 0; length < whole.length; length++) {
            String message = refusal(Arrays.copyOf(whole, length));
            assertTrue(message.contains("ends after"), length + ": " + message);
        }
    }

    @Test
    void aChangeOfAnyByteIsRefused() throws IOException {
        byte[] whole = encode(sample());
        for (int i = 0; i < whole.length; i++) {
            byte[] changed = whole.clone();
            changed[i] ^= 0x10;
            assertTrue(refusal(changed).contains("state record"), "byte " + i);
        }
    }

    @Test
    void aNewerFormatIsRefusedWithBothVersions() throws IOException {
        byte[] newer = encode(sample());
        ByteBuffer.wrap(newer).putInt(FORMAT_OFFSET, 2);
        String message = refusal(newer);
        assertTrue(message.contains("format 2") && message.contains("reads up to 1"), message);
        assertTrue(message.contains("update"), message);
    }

    @Test
    void aNewerVersionOfARecordIsReadAndItsReaderRefusesIt() throws IOException {
        StateRecord read = decode(encode(StateRecord.of("virtio.blk", 9).put("new", 1).build()));
        String message =
                assertThrows(StateException.class, () -> read.expect("virtio.blk", 2)).getMessage();
        assertTrue(message.contains("version 9") && message.contains("up to 2"), message);
    }

    @Test
    void otherFilesAreRefusedWithTheirFirstBytes() {
        String message = refusal("#!/bin/sh\nexit 0\n# more\n".getBytes(StandardCharsets.UTF_8));
        assertTrue(message.contains("not a state record") && message.contains("23 21"), message);
    }

    @Test
    void contentThatIsWellFramedButNoRecordIsRefused() throws IOException {
        Random random = new Random(42);
        for (int i = 0; i < 2000; i++) {
            byte[] payload = new byte[random.nextInt(64)];
            random.nextBytes(payload);
            ByteArrayOutputStream framed = new ByteArrayOutputStream();
            new Container().write(payload, framed);
            refusal(framed.toByteArray());
        }
    }

    @Test
    void changedContentUnderARightChecksumNeverFailsOtherwise() throws IOException {
        byte[] payload = new RecordWriter().encode(sample());
        Random random = new Random(43);
        for (int i = 0; i < 5000; i++) {
            byte[] changed = payload.clone();
            changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            ByteArrayOutputStream framed = new ByteArrayOutputStream();
            new Container().write(changed, framed);
            try {
                decode(framed.toByteArray());
            } catch (StateException expected) {
                assertTrue(expected.getMessage().contains("state record"));
            }
        }
    }

    @Test
    void recordsNestedWithoutEndAreRefused() throws IOException {
        StateRecord record = StateRecord.of("deep", 1).build();
        for (int i = 0; i < 70; i++) {
            record = StateRecord.of("deep", 1).put("in", record).build();
        }
        assertTrue(refusal(encode(record)).contains("nested deeper"));
    }

    @Test
    void theDescriptionHasAFieldALine() {
        assertEquals(
                """
                outer v2
                  zero: 0
                  least: -9223372036854775808 (0x8000000000000000)
                  most: 9223372036854775807 (0x7fffffffffffffff)
                  flag: 1
                  text: "grün, two\\nlines"
                  empty: ""
                  bytes: 3 bytes 00 01 ff
                  noBytes: 0 bytes
                  nested: inner v3
                    n: -1 (0xffffffffffffffff)
                  records: 2 records
                  - inner v3
                      n: -1 (0xffffffffffffffff)
                  - other v1
                  noRecords: 0 records
                """,
                codec.describe(sample()));
    }
}
