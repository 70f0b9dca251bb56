package org.interposer.engine.softcpu.op;

import org.interposer.engine.softcpu.cpu.Cpu;

/** What {@link AluForms} calculates, in the order of the numbers in {@link Alu}. */
enum Arithmetic {
    ADD {
        @Override
        int of(Cpu c, int a, int b) {
            return Alu.add32(c, a, b);
        }

        @Override
        long of(Cpu c, long a, long b) {
            return Alu.add64(c, a, b);
        }
    },
    OR {
        @Override
        int of(Cpu c, int a, int b) {
            return Alu.or32(c, a, b);
        }

        @Override
        long of(Cpu c, long a, long b) {
            return Alu.or64(c, a, b);
        }
    },
    ADC {
        @Override
        int of(Cpu c, int a, int b) {
            return Alu.adc32(c, a, b);
        }

        @Override
        long of(Cpu c, long a, long b) {
            return Alu.adc64(c, a, b);
        }
    },
    SBB {
        @Override
        int of(Cpu c, int a, int b) {
            return Alu.sbb32(c, a, b);
        }

        @Override
        long of(Cpu c, long a, long b) {
            return Alu.sbb64(c, a, b);
        }
    },
    AND {
        @Override
        int of(Cpu c, int a, int b) {
            return Alu.and32(c, a, b);
        }

        @Override
        long of(Cpu c, long a, long b) {
            return Alu.and64(c, a, b);
        }
    },
    SUB {
        @Override
        int of(Cpu c, int a, int b) {
            return Alu.sub32(c, a, b);
        }

        @Override
        long of(Cpu c, long a, long b) {
            return Alu.sub64(c, a, b);
        }
    },
    XOR {
        @Override
        int of(Cpu c, int a, int b) {
            return Alu.xor32(c, a, b);
        }

        @Override
        long of(Cpu c, long a, long b) {
            return Alu.xor64(c, a, b);
        }
    };

    private static final Arithmetic[] ALL = values();

    /** What the operation with a number of {@link Alu} calculates. */
    static Arithmetic of(int kind) {
        return switch (kind) {
            case Alu.CMP -> SUB;
            case Alu.TEST -> AND;
            default -> ALL[kind];
        };
    }

    abstract int of(Cpu c, int a, int b);

    abstract long of(Cpu c, long a, long b);
}
