package org.interposer.itests.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What the shrinker keeps of a case, with processors that only look at its code. */
class ShrinkerTest {
    private static final byte NOP = (byte) 0x90;
    private static final Case.Step STORES = new Case.Step("stores", 0, 1, 1, false, false);
    private static final Case.Step CLEARS = new Case.Step("setup", 1, 1, 1, true, false);
    private static final Case.Step PREPARES = new Case.Step("setup", 2, 1, 2, true, false);
    private static final Case.Step DIFFERS = new Case.Step("differs", 3, 1, 2, false, false);

    @Test
    void whatClearsUpAfterAnInstructionGoesOnlyWithIt() throws Exception {
        final Case found =
                new Case(
                        0,
                        List.of(STORES, CLEARS, PREPARES, DIFFERS),
                        new byte[] {1, 2, 3, 4},
                        new State(new long[16], 0, 0, new byte[512]),
                        new byte[0],
                        0,
                        0);
        final Predicate<byte[]> spoilt =
                code -> code[0] != NOP && code[1] == NOP || code[2] != NOP && code[3] != NOP;
        final Difference difference =
                new Shrinker(new Looking(code -> false), new Looking(spoilt)).shrink(found);
        assertEquals(List.of(PREPARES, DIFFERS), difference.kept());
    }

    /** Ends with 1 in RAX if the code is such, else with 0. */
    private record Looking(Predicate<byte[]> spoilt) implements UserCpu {
        @Override
        public List<Result> run(final List<Case> cases) {
            return cases.stream().map(this::run).toList();
        }

        private Result run(final Case one) {
            final long[] gpr = new long[16];
            gpr[0] = spoilt.test(one.code()) ? 1 : 0;
            final State after = new State(gpr, 0, 0, new byte[512]);
            return new Result(after, Result.NONE, 0, 0, 0, 0, new long[0]);
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }
}
