package org.interposer.tool.gdb;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Segment;

/**
 * The registers of a vCPU in the order of {@link #description}: the features {@code
 * org.gnu.gdb.i386.core}, {@code sse} and {@code segments} of an x86-64 (GDB manual, appendix
 * G.5.5), and the control registers as a feature of our own.
 */
final class Registers {
    /** rax rbx rcx rdx rsi rdi rbp rsp, in gdb's order, as indexes of {@link CpuState#gpr}. */
    private static final int[] FIRST = {0, 3, 1, 2, 6, 7, 5, 4};

    private static final int GENERAL = 16, RIP = 16, FLAGS = 17, SEGMENTS = 18, ST = 24;
    private static final int X87 = 32, XMM = 40, MXCSR = 56, BASES = 57, CONTROL = 59;

    /** How many there are. */
    static final int COUNT = 64;

    // FXSAVE image (SDM vol. 1 table 10-2)
    private static final int FX_MXCSR = 24, FX_ST = 32, FX_XMM = 160, FX_SLOT = 16;

    private Registers() {}

    /** Bytes of a register. */
    static int size(int number) {
        if (number == FLAGS || number >= SEGMENTS && number < ST || number == MXCSR) {
            return 4;
        }
        if (number >= ST && number < X87) {
            return 10;
        }
        if (number >= X87 && number < XMM) {
            return 4;
        }
        return number >= XMM && number < MXCSR ? 16 : 8;
    }

    /** All, for the packet g. */
    static byte[] all(CpuState s) {
        byte[] all = new byte[IntStream.range(0, COUNT).map(Registers::size).sum()];
        int at = 0;
        for (int n = 0; n < COUNT; n++) {
            byte[] one = get(s, n);
            System.arraycopy(one, 0, all, at, one.length);
            at += one.length;
        }
        return all;
    }

    /** The state with all registers that can be set taken from a packet G. */
    static CpuState withAll(CpuState s, byte[] all) {
        CpuState now = s;
        int at = 0;
        for (int n = 0; n < COUNT && at + size(n) <= all.length; n++) {
            if (isWritable(n)) {
                now = with(now, n, Arrays.copyOfRange(all, at, at + size(n)));
            }
            at += size(n);
        }
        return now;
    }

    /** One register. */
    static byte[] get(CpuState s, int n) {
        byte[] value = new byte[size(n)];
        if (n < GENERAL) {
            Hex.put(value, 0, 8, s.gpr()[general(n)]);
        } else if (n == RIP) {
            Hex.put(value, 0, 8, s.rip());
        } else if (n == FLAGS) {
            Hex.put(value, 0, 4, s.rflags());
        } else if (n < ST) {
            Hex.put(value, 0, 4, segment(s, n - SEGMENTS).selector());
        } else if (n < BASES) {
            floating(s.fxsave(), n, value);
        } else {
            Hex.put(value, 0, 8, system(s, n));
        }
        return value;
    }

    private static int general(int n) {
        return n < FIRST.length ? FIRST[n] : n;
    }

    private static Segment segment(CpuState s, int n) {
        CpuState.Segments all = s.segments();
        return switch (n) {
            case 0 -> all.cs();
            case 1 -> all.ss();
            case 2 -> all.ds();
            case 3 -> all.es();
            case 4 -> all.fs();
            default -> all.gs();
        };
    }

    private static long system(CpuState s, int n) {
        return switch (n) {
            case BASES -> s.segments().fs().base();
            case BASES + 1 -> s.segments().gs().base();
            case CONTROL -> s.control().cr0();
            case CONTROL + 1 -> s.control().cr2();
            case CONTROL + 2 -> s.control().cr3();
            case CONTROL + 3 -> s.control().cr4();
            default -> s.control().efer();
        };
    }

    private static void floating(byte[] fx, int n, byte[] value) {
        if (n < X87) {
            System.arraycopy(fx, FX_ST + FX_SLOT * (n - ST), value, 0, value.length);
        } else if (n < XMM) {
            Hex.put(value, 0, 4, x87(fx, n - X87));
        } else if (n < MXCSR) {
            System.arraycopy(fx, FX_XMM + FX_SLOT * (n - XMM), value, 0, value.length);
        } else {
            System.arraycopy(fx, FX_MXCSR, value, 0, 4);
        }
    }

    /** fctrl fstat ftag fiseg fioff foseg fooff fop. */
    private static long x87(byte[] fx, int n) {
        return switch (n) {
            case 0 -> Hex.get(fx, 0, 2);
            case 1 -> Hex.get(fx, 2, 2);
            case 2 -> tags(fx[4]);
            case 3 -> Hex.get(fx, 12, 2);
            case 4 -> Hex.get(fx, 8, 4);
            case 5 -> Hex.get(fx, 20, 2);
            case 6 -> Hex.get(fx, 16, 4);
            default -> Hex.get(fx, 6, 2);
        };
    }

    /** FXSAVE says which registers are used; gdb wants two bits each, 3 for an empty one. */
    private static long tags(byte used) {
        long tags = 0;
        for (int n = 0; n < 8; n++) {
            tags |= (used >> n & 1) != 0 ? 0 : 3L << 2 * n;
        }
        return tags;
    }

    /** Whether {@link #with} takes it: segments, bases and control registers are shown only. */
    static boolean isWritable(int n) {
        return n < SEGMENTS || n >= ST && n < X87 || n == X87 || n >= XMM && n <= MXCSR;
    }

    /** The state with one register changed. */
    static CpuState with(CpuState s, int n, byte[] value) {
        long number = Hex.get(value, 0, Math.min(8, value.length));
        if (n < GENERAL) {
            long[] gpr = s.gpr().clone();
            gpr[general(n)] = number;
            return copy(s, gpr, s.rip(), s.rflags(), s.fxsave());
        }
        if (n == RIP) {
            return copy(s, s.gpr(), number, s.rflags(), s.fxsave());
        }
        if (n == FLAGS) {
            return copy(s, s.gpr(), s.rip(), number | 2, s.fxsave());
        }
        byte[] fx = s.fxsave().clone();
        int at = n < X87 ? FX_ST + FX_SLOT * (n - ST) : FX_XMM + FX_SLOT * (n - XMM);
        System.arraycopy(
                value,
                0,
                fx,
                n == MXCSR ? FX_MXCSR : n == X87 ? 0 : at,
                n == X87 ? 2 : value.length);
        return copy(s, s.gpr(), s.rip(), s.rflags(), fx);
    }

    private static CpuState copy(CpuState s, long[] gpr, long rip, long rflags, byte[] fx) {
        return new CpuState(
                gpr,
                rip,
                rflags,
                s.segments(),
                s.control(),
                s.debug(),
                s.msrs(),
                fx,
                s.xsaveExtended(),
                s.tsc(),
                s.activity(),
                s.events(),
                s.localApic());
    }

    /** The target description that gdb reads as target.xml. */
    static String description() {
        return "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
                + "<architecture>i386:x86-64</architecture>"
                + feature("org.gnu.gdb.i386.core", core())
                + feature("org.gnu.gdb.i386.sse", sse())
                + feature(
                        "org.gnu.gdb.i386.segments",
                        register("fs_base", 64, "int") + register("gs_base", 64, "int"))
                + feature("org.interposer.control", control())
                + "</target>";
    }

    private static String feature(String name, String content) {
        return "<feature name=\"" + name + "\">" + content + "</feature>";
    }

    private static String register(String name, int bits, String type) {
        return "<reg name=\"%s\" bitsize=\"%d\" type=\"%s\"/>".formatted(name, bits, type);
    }

    private static String core() {
        StringBuilder text = new StringBuilder();
        for (String name : "rax rbx rcx rdx rsi rdi".split(" ")) {
            text.append(register(name, 64, "int64"));
        }
        text.append(register("rbp", 64, "data_ptr")).append(register("rsp", 64, "data_ptr"));
        for (int n = 8; n < GENERAL; n++) {
            text.append(register("r" + n, 64, "int64"));
        }
        text.append(register("rip", 64, "code_ptr")).append(register("eflags", 32, "int32"));
        for (String name : "cs ss ds es fs gs".split(" ")) {
            text.append(register(name, 32, "int32"));
        }
        for (int n = 0; n < 8; n++) {
            text.append(register("st" + n, 80, "i387_ext"));
        }
        for (String name : "fctrl fstat ftag fiseg fioff foseg fooff fop".split(" ")) {
            text.append(
                    "<reg name=\"%s\" bitsize=\"32\" type=\"int\" group=\"float\"/>"
                            .formatted(name));
        }
        return text.toString();
    }

    private static String sse() {
        return "<vector id=\"v4f\" type=\"ieee_single\" count=\"4\"/><vector id=\"v2d\""
                + " type=\"ieee_double\" count=\"2\"/><vector id=\"v16i8\" type=\"int8\""
                + " count=\"16\"/><vector id=\"v8i16\" type=\"int16\" count=\"8\"/><vector"
                + " id=\"v4i32\" type=\"int32\" count=\"4\"/><vector id=\"v2i64\" type=\"int64\""
                + " count=\"2\"/><union id=\"vec128\"><field name=\"v4_float\""
                + " type=\"v4f\"/><field name=\"v2_double\" type=\"v2d\"/><field"
                + " name=\"v16_int8\" type=\"v16i8\"/><field name=\"v8_int16\""
                + " type=\"v8i16\"/><field name=\"v4_int32\" type=\"v4i32\"/><field"
                + " name=\"v2_int64\" type=\"v2i64\"/><field name=\"uint128\""
                + " type=\"uint128\"/></union>"
                + IntStream.range(0, GENERAL)
                        .mapToObj(n -> register("xmm" + n, 128, "vec128"))
                        .collect(Collectors.joining())
                + "<reg name=\"mxcsr\" bitsize=\"32\" type=\"int\" group=\"vector\"/>";
    }

    private static String control() {
        return Arrays.stream("cr0 cr2 cr3 cr4 efer".split(" "))
                .map(name -> register(name, 64, "int"))
                .collect(Collectors.joining());
    }
}
