package org.interposer.itests.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.interposer.itests.differential.generate.CaseGenerator;
import org.interposer.itests.differential.generate.FormTable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The test of the test: the processor agrees with itself, and a spoilt result is found and narrowed
 * down.
 */
class HarnessIT {
    private static final FormTable TABLE = FormTable.load();
    private static final Predicate<Difference> NONE_KNOWN = difference -> false;

    @BeforeAll
    static void needsTheProcessor() {
        final Optional<String> reason = NativeOracle.unavailable();
        Assumptions.assumeTrue(reason.isEmpty(), reason.orElse(""));
    }

    @Test
    void theProcessorAgreesWithItselfOnEveryForm() throws Exception {
        final Report report = new Report(TABLE.names());
        final List<Difference> found = new ArrayList<>();
        try (UserCpu one = NativeOracle.start();
                UserCpu other = NativeOracle.start()) {
            new Run(new CaseGenerator(TABLE, 7, 8), one, other, NONE_KNOWN, report, found::add)
                    .run(0, 50_000, () -> {});
        }
        assertEquals(List.of(), found);
        assertEquals(0, report.missing(), "forms that no case uses");
        assertEquals(0, report.voids(), "system calls and runaways");
        assertTrue(report.traps().keySet().containsAll(List.of(-1, 0, 3, 6, 12, 13, 14, 16, 19)));
    }

    @Test
    void aSpoiltRegisterIsFoundAndNarrowedDown() throws Exception {
        final Difference found = spoilt("bswap", HarnessIT::otherRegister);
        assertTrue(found.forms().startsWith("bswap"), found.forms());
        assertTrue(found.lines().get(0).startsWith("rax:"), found.lines().toString());
        assertTrue(found.describe("again").contains("repeat: again"));
    }

    @Test
    void aSpoiltFlagIsFound() throws Exception {
        final Difference found = spoilt("popcnt", HarnessIT::otherCarry);
        assertTrue(found.lines().get(0).startsWith("flags: C differ"), found.lines().toString());
    }

    @Test
    void aSpoiltVectorIsFound() throws Exception {
        final Difference found = spoilt("pshufb", HarnessIT::otherVector);
        assertTrue(found.lines().get(0).startsWith("xmm15:"), found.lines().toString());
    }

    @Test
    void spoiltMemoryIsFound() throws Exception {
        final Difference found = spoilt("stos", HarnessIT::otherMemory);
        assertTrue(found.lines().get(0).startsWith("memory:"), found.lines().toString());
    }

    @Test
    void aCaseDependsOnItsSeedAndNumberOnly() {
        final CaseGenerator generator = new CaseGenerator(TABLE, 3, 8);
        final Case first = generator.generate(1234);
        generator.generate(99);
        final Case again = new CaseGenerator(TABLE, 3, 8).generate(1234);
        assertEquals(first.steps(), again.steps());
        org.junit.jupiter.api.Assertions.assertArrayEquals(first.code(), again.code());
        org.junit.jupiter.api.Assertions.assertArrayEquals(
                first.before().fx(), again.before().fx());
    }

    private static Difference spoilt(final String form, final UnaryOperator<Result> spoil)
            throws Exception {
        final List<Difference> found = new ArrayList<>();
        try (UserCpu one = NativeOracle.start();
                UserCpu other = new SpoiltCpu(NativeOracle.start(), form, spoil)) {
            final Report report = new Report(List.of());
            new Run(new CaseGenerator(TABLE, 1, 8), one, other, NONE_KNOWN, report, found::add)
                    .run(0, 5000, () -> {});
        }
        assertTrue(!found.isEmpty(), "nothing found");
        assertTrue(
                found.stream().noneMatch(VendorDifferences::explain),
                "a mistake is no maker's habit");
        return found.get(0);
    }

    private static Result otherRegister(final Result result) {
        result.after().gpr()[0] ^= 1;
        return result;
    }

    private static Result otherVector(final Result result) {
        result.after().fx()[State.XMM + 15 * 16] ^= 1;
        return result;
    }

    private static Result otherCarry(final Result result) {
        final State after = result.after();
        return with(
                result,
                new State(after.gpr(), after.rip(), after.flags() ^ Flags.C, after.fx()),
                result.changeHash());
    }

    private static Result otherMemory(final Result result) {
        return with(result, result.after(), result.changeHash() + 1);
    }

    private static Result with(final Result result, final State after, final long hash) {
        return new Result(
                after,
                result.trap(),
                result.error(),
                result.cr2(),
                result.changeCount(),
                hash,
                result.changes());
    }
}
