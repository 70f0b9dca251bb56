package org.interposer.itests.differential;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Says where two results of the same case differ, but for what the SDM leaves open. */
public final class Comparison {
    private static final String[] REGISTERS = {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
        "r13", "r14", "r15"
    };

    /** Approximate x87 results may differ by this many units in the last of 64 places. */
    private static final long X87_ULPS = 4;

    /** RCPPS and RSQRTPS: two results within 1.5 * 2^-12 of the true one. */
    private static final double SSE_TOLERANCE = 3.0 / 4096;

    /** C1 and the precision exception say how the last place was rounded. */
    private static final int X87_ROUNDING = 0x220;

    private Comparison() {}

    /** The exceptions beside undefined flags, for the report. */
    public static List<String> exceptions() {
        return List.of(
                "x87 instruction and data pointers and opcode: processors save different ones",
                "MASKMOVQ, MASKMOVDQU: memory that can be written only; which page may fault that"
                        + " the mask leaves out is the processor's choice",
                "8F /1: newer AMD processors read it as XOP, so its longest forms are #GP there",
                "MXCSR_MASK: the processor may have a misaligned-access bit that the CPU has not",
                "approximate x87 results: within " + X87_ULPS + " units in the last place",
                "RCPPS, RCPSS, RSQRTPS, RSQRTSS: within 3 * 2^-12 of each other",
                "flags of a sequence that faults: those undefined after any of its instructions");
    }

    /**
     * Whether this result says nothing about the processor: a system call, no end, or a look at the
     * test itself.
     */
    public static boolean isVoid(final Result expected) {
        return expected.trap() == Result.SYSCALL
                || expected.trap() == Result.RUNAWAY
                || readExitPage(expected);
    }

    /** A string that went down below the code: it has read the exit page, whose bytes differ. */
    private static boolean readExitPage(final Result expected) {
        return expected.trap() == Result.PAGE_FAULT
                && expected.cr2() < Layout.EXIT
                && expected.cr2() >= Layout.EXIT - 8;
    }

    /** One line for each difference; an empty list if there is none. */
    public static List<String> compare(final Case one, final Result expected, final Result actual) {
        final List<String> found = new ArrayList<>();
        if (expected.trap() != actual.trap()) {
            found.add("trap: " + trap(expected) + " / " + trap(actual));
        } else if (expected.trap() != Result.NONE) {
            compareFault(expected, actual, found);
        }
        final State right = expected.after();
        final State other = actual.after();
        for (int i = 0; i < 16; i++) {
            hex(REGISTERS[i], right.gpr()[i], other.gpr()[i], found);
        }
        final boolean fault = expected.trap() != Result.NONE;
        final int undefined = fault ? one.undefinedOnFault() : one.undefined();
        final long flags = (right.flags() ^ other.flags()) & Flags.COMPARED & ~undefined;
        if (flags != 0) {
            found.add(
                    String.format(
                            "flags: %s%s differ: %x / %x",
                            Flags.letters(flags),
                            (flags & ~Flags.STATUS) == 0 ? "" : " and others",
                            right.flags(),
                            other.flags()));
        }
        if (!Arrays.equals(right.fx(), other.fx())) {
            compareFx(one, right.fxBuffer(), other.fxBuffer(), found);
        }
        compareMemory(expected, actual, found);
        return found;
    }

    private static void compareFault(
            final Result expected, final Result actual, final List<String> found) {
        hex("rip of the fault", expected.after().rip(), actual.after().rip(), found);
        // Whether a page of the kernel is there is the host's own business.
        final int ignored = expected.trap() == Result.PAGE_FAULT && expected.cr2() < 0 ? 1 : 0;
        hex("error code", expected.error() | ignored, actual.error() | ignored, found);
        if (expected.trap() == Result.PAGE_FAULT) {
            hex("cr2", expected.cr2(), actual.cr2(), found);
        }
    }

    private static void hex(
            final String name, final long right, final long other, final List<String> found) {
        if (right != other) {
            found.add(String.format("%s: %x / %x", name, right, other));
        }
    }

    private static void compareFx(
            final Case one,
            final ByteBuffer right,
            final ByteBuffer other,
            final List<String> found) {
        final boolean approximate = one.approximate();
        final int status = approximate ? ~X87_ROUNDING : -1;
        hex("fcw", right.getShort(State.FCW) & 0xffff, other.getShort(State.FCW) & 0xffff, found);
        hex(
                "fsw",
                right.getShort(State.FSW) & 0xffff & status,
                other.getShort(State.FSW) & 0xffff & status,
                found);
        hex("tags", right.get(State.FTW) & 0xff, other.get(State.FTW) & 0xff, found);
        hex("mxcsr", right.getInt(State.MXCSR), other.getInt(State.MXCSR), found);
        for (int i = 0; i < 8; i++) {
            final int at = State.ST + 16 * i;
            final boolean same =
                    right.getLong(at) == other.getLong(at)
                            && right.getShort(at + 8) == other.getShort(at + 8);
            if (!same && !(approximate && near80(right, other, at))) {
                found.add("st" + i + ": " + st(right, at) + " / " + st(other, at));
            }
        }
        for (int i = 0; i < 16; i++) {
            final int at = State.XMM + 16 * i;
            final boolean same =
                    right.getLong(at) == other.getLong(at)
                            && right.getLong(at + 8) == other.getLong(at + 8);
            if (!same && !(approximate && near32(right, other, at))) {
                found.add("xmm" + i + ": " + xmm(right, at) + " / " + xmm(other, at));
            }
        }
    }

    private static boolean near80(final ByteBuffer right, final ByteBuffer other, final int at) {
        final int exponent = right.getShort(at + 8) & 0xffff;
        final int otherExponent = other.getShort(at + 8) & 0xffff;
        final long distance = right.getLong(at) - other.getLong(at);
        if (exponent == otherExponent) {
            return Math.abs(distance) <= X87_ULPS && (exponent & 0x7fff) != 0x7fff;
        }
        // Next to a power of two the last places have different weights.
        return Math.abs(exponent - otherExponent) == 1
                && Math.abs(distance - Long.MIN_VALUE) <= 2 * X87_ULPS;
    }

    private static boolean near32(final ByteBuffer right, final ByteBuffer other, final int at) {
        for (int lane = at; lane < at + 16; lane += 4) {
            if (right.getInt(lane) == other.getInt(lane)) {
                continue;
            }
            final double value = right.getFloat(lane);
            final double distance = Math.abs(value - other.getFloat(lane));
            // Of two at the least normal number one may be flushed to zero.
            final boolean least = distance == Float.MIN_NORMAL && value == 0;
            if (!least && !(distance <= Math.abs(value) * SSE_TOLERANCE)) {
                return false;
            }
        }
        return true;
    }

    private static void compareMemory(
            final Result expected, final Result actual, final List<String> found) {
        if (expected.changeCount() == actual.changeCount()
                && expected.changeHash() == actual.changeHash()) {
            return;
        }
        found.add("memory: " + changes(expected) + " / " + changes(actual));
    }

    private static String changes(final Result result) {
        final StringBuilder text =
                new StringBuilder().append(result.changeCount()).append(" words");
        for (int i = 0; i < Math.min(result.changes().length, 8); i += 2) {
            text.append(String.format(" [%x]=%016x", result.changes()[i], result.changes()[i + 1]));
        }
        return text.toString();
    }

    /** What ended the case. */
    static String trap(final Result result) {
        switch (result.trap()) {
            case Result.NONE:
                return "none";
            case Result.RUNAWAY:
                return "no end";
            case Result.BROKEN:
                return "failure of the CPU";
            case Result.SYSCALL:
                return "system call";
            default:
                return String.format(
                        "vector %d error %x at %x%s",
                        result.trap(),
                        result.error(),
                        result.after().rip(),
                        result.trap() == Result.PAGE_FAULT
                                ? String.format(" cr2 %x", result.cr2())
                                : "");
        }
    }

    /** An x87 register as sign and exponent, then the significand. */
    static String st(final ByteBuffer fx, final int at) {
        return String.format("%04x.%016x", fx.getShort(at + 8), fx.getLong(at));
    }

    /** An XMM register, highest byte first. */
    static String xmm(final ByteBuffer fx, final int at) {
        return String.format("%016x_%016x", fx.getLong(at + 8), fx.getLong(at));
    }

    /** Name of a general register. */
    static String register(final int number) {
        return REGISTERS[number];
    }
}
