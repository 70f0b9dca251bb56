package org.interposer.itests.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.interposer.itests.differential.generate.CaseGenerator;
import org.interposer.itests.differential.generate.FormTable;
import org.interposer.itests.differential.soft.SoftCpu;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A seeded sample of the comparison of the software CPU with the processor; see README.md. */
class SoftCpuIT {
    @Test
    void theSoftwareCpuDoesWhatTheProcessorDoes() throws Exception {
        final Optional<String> reason = NativeOracle.unavailable();
        Assumptions.assumeTrue(reason.isEmpty(), reason.orElse(""));
        final FormTable table = FormTable.load();
        final List<Difference> found = new ArrayList<>();
        try (UserCpu processor = NativeOracle.start();
                UserCpu soft = SoftCpu.start()) {
            new Run(
                            new CaseGenerator(table, 1, 8),
                            processor,
                            soft,
                            VendorDifferences.ofThisHost(),
                            new Report(table.names()),
                            found::add)
                    .run(0, 100_000, () -> {});
        }
        assertEquals(List.of(), found.stream().map(d -> d.describe("--seed 1")).toList());
    }
}
