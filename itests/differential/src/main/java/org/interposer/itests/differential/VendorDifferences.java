package org.interposer.itests.differential;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Where a processor of another maker is known to do otherwise than an AMD processor, which the
 * software CPU shows itself as. Each was seen on an Intel Xeon (Sapphire Rapids) and not on an AMD
 * EPYC.
 */
public final class VendorDifferences {
    private static final String AMD = "AuthenticAMD";
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final int UD = 6, GP = 13, MF = 16;
    private static final int FSW_ERROR_SUMMARY = 0x80;
    private static final int LONGEST = 15;

    /** Legacy prefixes; a REX prefix ends them. */
    private static final Set<Integer> PREFIXES =
            Set.of(0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3);

    private VendorDifferences() {}

    /** The list, for the report. */
    public static List<String> list() {
        return List.of(
                "processors that are not AMD's: which NaN DPPS and DPPD keep of several",
                "… whether an MMX store that faults has made the x87 state an MMX state",
                "… flags of REP CMPS and REP SCAS that fault: as they were before (SDM vol. 2,"
                        + " REP)",
                "… string operations with 32-bit addresses clear the registers' high halves also"
                        + " when they fault or have nothing to do",
                "… an x87 store with an unmasked exception does not look whether it could store",
                "… FSTP m80 and FBSTP that fault in their second page may have written to the"
                        + " first",
                "… undefined opcodes with a ModRM byte: #GP if that is the 16th byte",
                "… LOOPE and LOOPNE do not heed F2 and F3");
    }

    /** What is known of this host's processor. */
    public static Predicate<Difference> ofThisHost() throws IOException {
        return vendor().filter(AMD::equals).isPresent()
                ? difference -> false
                : VendorDifferences::explain;
    }

    private static Optional<String> vendor() throws IOException {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("vendor_id"))
                    .map(line -> line.substring(line.indexOf(':') + 1).trim())
                    .findFirst();
        }
    }

    static boolean explain(final Difference found) {
        return loopWithRepeat(found)
                || keptNan(found)
                || mmxStoreFaults(found)
                || stringFaults(found)
                || shortString(found)
                || x87StoreWithException(found)
                || halfStored(found)
                || longUndefined(found);
    }

    private static boolean loopWithRepeat(final Difference found) {
        return repeated(found, "loopn?e .*");
    }

    private static boolean repeated(final Difference found, final String form) {
        return prefixed(found, form, 0xf2) || prefixed(found, form, 0xf3);
    }

    private static boolean prefixed(final Difference found, final String form, final int prefix) {
        return found.kept().stream()
                .filter(step -> step.form().matches(form))
                .flatMapToInt(step -> prefixes(found.found().code(), step))
                .anyMatch(octet -> octet == prefix);
    }

    private static IntStream prefixes(final byte[] code, final Case.Step step) {
        return IntStream.range(step.offset(), step.offset() + step.length())
                .map(at -> code[at] & 0xff)
                .takeWhile(PREFIXES::contains);
    }

    private static boolean keptNan(final Difference found) {
        return only(found, "xmm")
                && (uses(found, "dpps ") && differInNan(found, Float.BYTES)
                        || uses(found, "dppd ") && differInNan(found, Double.BYTES));
    }

    /** Whether no lane of this many bytes differs but for one NaN in the place of another. */
    private static boolean differInNan(final Difference found, final int lane) {
        final ByteBuffer right = found.expected().after().fxBuffer();
        final ByteBuffer other = found.actual().after().fxBuffer();
        return IntStream.range(0, 256 / lane)
                .map(i -> State.XMM + lane * i)
                .allMatch(
                        at ->
                                right.slice(at, lane).equals(other.slice(at, lane))
                                        || isNan(right, at, lane) && isNan(other, at, lane));
    }

    private static boolean isNan(final ByteBuffer fx, final int at, final int lane) {
        return lane == Float.BYTES ? Float.isNaN(fx.getFloat(at)) : Double.isNaN(fx.getDouble(at));
    }

    private static boolean mmxStoreFaults(final Difference found) {
        return faulting(found, found.expected(), "(movntq|movq|movd) .*,Pq")
                && sameTrap(found)
                && only(found, "fsw", "tags", "st");
    }

    private static boolean stringFaults(final Difference found) {
        return faulting(found, found.expected(), "(cmps|scas) .*")
                && repeated(found, "(cmps|scas) .*")
                && sameTrap(found)
                && only(found, "flags: ");
    }

    private static boolean shortString(final Difference found) {
        return prefixed(found, "(cmps|scas|lods|stos|movs) .*", 0x67)
                && sameTrap(found)
                && only(found, "rcx: ", "rsi: ", "rdi: ")
                && IntStream.of(1, 6, 7).allMatch(register -> halfCleared(found, register));
    }

    private static boolean halfCleared(final Difference found, final int register) {
        final long right = found.expected().after().gpr()[register];
        final long other = found.actual().after().gpr()[register];
        return right == other || right == (other & 0xffff_ffffL);
    }

    private static boolean x87StoreWithException(final Difference found) {
        final int right = found.expected().trap();
        final int fsw = found.expected().after().fxBuffer().getShort(State.FSW);
        return (right == Result.NONE || right == MF)
                && (fsw & FSW_ERROR_SUMMARY) != 0
                && faulting(found, found.actual(), "(fst|fist|fisttp|fbst)p? .*");
    }

    private static boolean halfStored(final Difference found) {
        return faulting(found, found.expected(), "(fstp DB /7|fbstp) .*")
                && sameTrap(found)
                && only(found, "memory: ");
    }

    private static boolean longUndefined(final Difference found) {
        return found.expected().trap() == GP
                && found.actual().trap() == UD
                && faulting(found, found.expected(), "invalid 0F .*")
                && found.kept().stream().anyMatch(step -> step.length() == LONGEST);
    }

    private static boolean uses(final Difference found, final String form) {
        return found.kept().stream().anyMatch(step -> step.form().startsWith(form));
    }

    private static boolean sameTrap(final Difference found) {
        return found.expected().trap() == found.actual().trap();
    }

    /** Whether a result is a fault of a form. */
    private static boolean faulting(
            final Difference found, final Result result, final String form) {
        final long offset = result.after().rip() - found.smallest().before().rip();
        return result.trap() > 0
                && found.kept().stream()
                        .anyMatch(step -> step.offset() == offset && step.form().matches(form));
    }

    private static boolean only(final Difference found, final String... beginnings) {
        return found.lines().stream()
                .allMatch(line -> Stream.of(beginnings).anyMatch(line::startsWith));
    }
}
