package org.interposer.engine.softcpu.simd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Flags;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Modes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Traps, alignment, faults and exceptions of single instructions; rDI points to the operand. */
class SimdOpsTest {
    private static final long ONE = 0x3ff0_0000_0000_0000L;
    private final Fixture f = new Fixture();

    @AfterEach
    void close() {
        f.close();
    }

    @Test
    void alignedMovesRefuseOtherAddresses() {
        f.c.r[7] = Fixture.DATA + 8;
        assertEquals(GuestFault.GP, f.fault(0x0f, 0x28, 0x07), "movaps xmm0, [rdi]");
        assertEquals(GuestFault.GP, f.fault(0x66, 0x0f, 0xef, 0x07), "pxor xmm0, [rdi]");
        assertEquals(-1, f.fault(0x0f, 0x10, 0x07), "movups xmm0, [rdi]");
        assertEquals(-1, f.fault(0xf2, 0x0f, 0x58, 0x07), "addsd xmm0, [rdi]");
    }

    @Test
    void storeThatFaultsInItsSecondPageWritesNothing() {
        for (long second : new long[] {Fixture.MISSING, Fixture.READ_ONLY}) {
            f.xmm(0, -1, -1);
            f.memory(second - 8, 7);
            f.c.r[7] = second - 8;
            assertEquals(GuestFault.PF, f.fault(0x0f, 0x11, 0x07), "movups [rdi], xmm0");
            assertEquals(7, f.memory(second - 8));
        }
    }

    @Test
    void loadThatFaultsKeepsTheRegister() {
        f.xmm(0, 3, 4);
        f.c.r[7] = Fixture.MISSING - 8;
        assertEquals(GuestFault.PF, f.fault(0x0f, 0x10, 0x07), "movups xmm0, [rdi]");
        assertEquals(3, f.low(0));
        assertEquals(4, f.high(0));
    }

    @Test
    void storeThatFaultsLeavesTheX87Stack() {
        f.run(0xd9, 0xe8); // fld1
        int status = f.c.x87.statusWord();
        f.c.r[7] = Fixture.MISSING - 8;
        assertEquals(GuestFault.PF, f.fault(0xdb, 0x3f), "fstp tbyte [rdi]");
        f.c.r[7] = Fixture.READ_ONLY;
        assertEquals(GuestFault.PF, f.fault(0xdd, 0x1f), "fstp qword [rdi]");
        assertEquals(status, f.c.x87.statusWord());
        f.c.r[7] = Fixture.DATA;
        f.run(0xdd, 0x1f);
        assertEquals(ONE, f.memory(Fixture.DATA));
    }

    @Test
    void trapsComeBeforeTheOperand() {
        f.c.r[7] = Fixture.MISSING;
        f.c.cr0 |= Control.CR0_TS;
        Modes.traps(f.c);
        assertEquals(GuestFault.NM, f.fault(0x0f, 0x28, 0x07), "movaps xmm0, [rdi]");
        assertEquals(GuestFault.NM, f.fault(0x0f, 0x6f, 0x07), "movq mm0, [rdi]");
        assertEquals(GuestFault.NM, f.fault(0xd9, 0x07), "fld dword [rdi]");
        f.c.cr0 |= Control.CR0_EM;
        Modes.traps(f.c);
        assertEquals(GuestFault.UD, f.fault(0x0f, 0x28, 0x07));
        assertEquals(GuestFault.UD, f.fault(0x0f, 0x6f, 0x07));
        assertEquals(GuestFault.NM, f.fault(0xd9, 0x07));
    }

    @Test
    void lockAndUnknownPrefixesAreUndefined() {
        assertEquals(GuestFault.UD, f.fault(0xf0, 0x0f, 0x28, 0xc1));
        assertEquals(GuestFault.UD, f.fault(0xf2, 0x0f, 0x6f, 0xc1));
        assertEquals(GuestFault.UD, f.fault(0x66, 0x0f, 0x38, 0xdc, 0xc1), "aesenc");
    }

    @Test
    void unmaskedExceptionKeepsTheDestination() {
        f.c.sse.loadMxcsr(0x1d80); // Division by zero is not masked.
        f.xmm(0, ONE, 5);
        f.xmm(1, 0, 0);
        assertEquals(GuestFault.XM, f.fault(0xf2, 0x0f, 0x5e, 0xc1), "divsd xmm0, xmm1");
        assertEquals(ONE, f.low(0));
        assertEquals(0x1d84, f.c.sse.mxcsr());
        f.c.cr4 &= ~Control.CR4_OSXMMEXCPT;
        assertEquals(GuestFault.UD, f.fault(0xf2, 0x0f, 0x5e, 0xc1));
    }

    @Test
    void pendingX87ExceptionStopsMmxAndWaitButNotFnstsw() {
        f.c.x87.fldcw(0x37b); // Division by zero is not masked.
        f.run(0xd9, 0xe8); // fld1
        f.run(0xd9, 0xee); // fldz
        f.run(0xde, 0xf9); // fdivp
        assertEquals(GuestFault.MF, f.fault(0x9b), "fwait");
        assertEquals(GuestFault.MF, f.fault(0x0f, 0x6f, 0xc1), "movq mm0, mm1");
        assertEquals(-1, f.fault(0xdf, 0xe0), "fnstsw ax");
        assertEquals(4, f.c.r[0] & 4);
    }

    @Test
    void dotProductReportsTheExceptionsOfItsProductsBeforeThoseOfItsSums() {
        f.c.sse.loadMxcsr(0x1e80); // A denormal operand is not masked.
        f.xmm(0, 0x0080_0001, 0);
        f.xmm(1, 0x3f00_0001, 0);
        assertEquals(GuestFault.XM, f.fault(0x66, 0x0f, 0x3a, 0x40, 0xc1, 0x11), "dpps");
        assertEquals(0x1eb2, f.c.sse.mxcsr(), "the product is tiny and inexact, then an operand");
        f.c.sse.loadMxcsr(0x0e80); // Inexact is not masked either.
        assertEquals(GuestFault.XM, f.fault(0x66, 0x0f, 0x3a, 0x40, 0xc1, 0x11), "dpps");
        assertEquals(0x0eb0, f.c.sse.mxcsr(), "no sum was made");
    }

    @Test
    void maskedStoreFaultsForItsPagesOnlyAndNamesTheOperandsFirstByteInThem() {
        f.xmm(1, 0, 0x80L << 56); // The last byte of 16 is selected.
        f.c.r[7] = Fixture.MISSING;
        assertEquals(GuestFault.PF, f.fault(0x66, 0x0f, 0xf7, 0xc1), "maskmovdqu");
        assertEquals(Fixture.MISSING, f.c.fault.address);
        f.c.r[7] = Fixture.MISSING - 8;
        assertEquals(GuestFault.PF, f.fault(0x66, 0x0f, 0xf7, 0xc1));
        assertEquals(Fixture.MISSING, f.c.fault.address, "the page begins there");
        f.xmm(1, 0x80, 0);
        assertEquals(-1, f.fault(0x66, 0x0f, 0xf7, 0xc1), "nothing is written to the missing page");
    }

    @Test
    void stringComparisonFindsTheTerminatorAndTheNeedle() {
        f.xmm(0, 0x6261, 0); // "ab"
        f.xmm(1, 0x6261_2d2d_2dL, 0); // "---ab"
        f.run(0x66, 0x0f, 0x3a, 0x63, 0xc1, 0x0c); // pcmpistri xmm0, xmm1, equal ordered
        assertEquals(3, f.c.r[1]);
        assertEquals(Flags.CF | Flags.ZF | Flags.SF, Flags.arithmetic(f.c));
    }

    @Test
    void fxsaveIsReadBackAndLeavesTheReservedBytes() {
        f.run(0xd9, 0xeb); // fldpi
        f.xmm(15, 11, 12);
        byte[] before = FxState.save(f.c);
        f.c.r[7] = Fixture.DATA;
        f.memory(Fixture.DATA + 416, 99);
        f.run(0x48, 0x0f, 0xae, 0x07); // fxsave64 [rdi]
        f.run(0xdb, 0xe3); // fninit
        f.xmm(15, 0, 0);
        f.run(0x48, 0x0f, 0xae, 0x0f); // fxrstor64 [rdi]
        assertArrayEquals(before, FxState.save(f.c));
        assertEquals(99, f.memory(Fixture.DATA + 416));
        f.c.r[7] = Fixture.DATA + 8;
        assertEquals(GuestFault.GP, f.fault(0x0f, 0xae, 0x07));
    }
}
