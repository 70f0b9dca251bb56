package org.interposer.tool.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ReportTest {
    private final Row row =
            new Row(
                    "4 KiB \"random\" reads",
                    "IOPS",
                    new Samples(30, 10, 20),
                    Optional.of(new Row.Peer("QEMU", new Samples(10, 20, 40))),
                    Optional.of(
                            Samples.ratios(new double[] {30, 10, 20}, new double[] {10, 20, 40})),
                    ">= 1.0",
                    false,
                    "depth=32");
    private final Report report = new Report(List.of("a machine"), List.of(row));

    @Test
    void theMedianOfAnEvenNumberIsTheMiddleOfTwo() {
        assertEquals(2.5, new Samples(4, 1, 3, 2).median());
    }

    @Test
    void ratiosPairTheRunsThatWereMadeTogether() {
        Samples ratio = row.ratio().orElseThrow();
        assertEquals(0.5, ratio.median());
        assertEquals(3.0, ratio.max());
    }

    @Test
    void theTextSaysWhatWasMissed() {
        assertTrue(report.text().contains("20.00 (10.00–30.00)"), report.text());
        assertTrue(report.text().contains("NO"), report.text());
    }

    @Test
    void theJsonHasEverySample() throws Exception {
        JsonNode json = new ObjectMapper().readTree(report.json());
        JsonNode first = json.get("rows").get(0);
        assertEquals("4 KiB \"random\" reads", first.get("what").asText());
        assertEquals(20.0, first.get("interposer").get("median").asDouble());
        assertEquals(3, first.get("peerSamples").get("values").size());
    }

    @Test
    void aGuestsLastWordCountsAndAMissingOneIsNamed() {
        GuestRun run = new GuestRun("iops=1\nprogress\naccess=a iops=5\naccess=b iops=7\n");
        assertEquals(7, run.number("iops"));
        assertEquals(5, run.number("access=a", "iops"));
        assertEquals(7, run.most("iops", "iops"));
        assertEquals(1, run.least("iops", "iops"));
        Exception missing = assertThrows(IllegalStateException.class, () -> run.number("writes"));
        assertTrue(missing.getMessage().contains("'writes'"));
    }

    @Test
    void aGuestThatFailedIsNoMeasurement() {
        assertThrows(
                IllegalStateException.class, () -> new GuestRun("result=FAIL").checked("QEMU"));
    }

    @Test
    void thePercentileIsAValueThatWasMeasured() {
        assertEquals(99, PauseBench.percentile(range(100), 0.99));
        assertEquals(1, PauseBench.percentile(new double[] {1}, 0.99));
    }

    private static double[] range(int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[count - 1 - i] = i + 1;
        }
        return values;
    }
}
