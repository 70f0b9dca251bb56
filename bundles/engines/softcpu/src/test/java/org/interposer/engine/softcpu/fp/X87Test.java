package org.interposer.engine.softcpu.fp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class X87Test {
    private static final long ONE = Float80.INTEGER;
    private static final int FAULT = FloatStatus.INVALID | X87.STACK_FAULT;

    private final X87 x = new X87();

    @Test
    void aNinthPushOverflowsWithC1AndLeavesAnIndefinite() {
        for (int i = 0; i < 8; i++) {
            x.fild(i);
        }
        assertEquals(0, x.statusWord() & FAULT);
        x.fldConstant(0);
        assertEquals(FAULT | X87.C1, x.statusWord() & (FAULT | X87.C1));
        assertEquals(7, x.top());
        assertEquals(Float80.INDEFINITE, x.significand(0));
    }

    @Test
    void underflowClearsC1AndAnUnmaskedOneChangesNoRegister() {
        x.fldcw(0x37E);
        x.arithmeticTo(X87.ADD, 1, true);
        assertEquals(FAULT, x.statusWord() & (FAULT | X87.C1));
        assertTrue(x.isPending());
        assertEquals(0, x.top());
        assertEquals(0xFFFF, x.tagWord());
        x.fnclex();
        assertFalse(x.isPending());
    }

    @Test
    void subtractionAndDivisionAreNamedByTheOrderOfTheirOperands() {
        x.fild(10);
        x.fild(4);
        x.arithmetic(X87.SUB, 1);
        assertEquals(-6, x.fist(32));
        x.arithmetic(X87.SUBR, 1);
        assertEquals(16, x.fist(32));
        x.arithmeticTo(X87.DIVR, 1, true);
        assertEquals(Double.doubleToRawLongBits(0.625), x.fstF64());
        assertEquals(7, x.top());
    }

    @Test
    void precisionControlRoundsSumsButNotLoads() {
        x.fldcw(0x07F);
        x.fldF80(ONE | 1, 0x3FFF);
        assertEquals(ONE | 1, x.significand(0));
        x.arithmeticInteger(X87.ADD, 0);
        assertEquals(ONE, x.significand(0));
        assertEquals(FloatStatus.INEXACT, x.statusWord() & FloatStatus.ALL);
    }

    @Test
    void anUnmaskedOverflowOfARegisterWrapsItsExponent() {
        x.fldcw(0x377);
        x.fldF80(ONE, 0x7FFE);
        x.arithmetic(X87.MUL, 0);
        assertEquals(2 * (0x7FFE - 16383) + 16383 - 24576, x.signExponent(0));
        assertEquals(FloatStatus.OVERFLOW, x.statusWord() & FloatStatus.ALL);
    }

    @Test
    void anUnmaskedOverflowOfAStoreKeepsMemoryAndStack() {
        x.fldcw(0x377);
        x.fldF80(ONE, 0x7000);
        x.fstF64();
        assertEquals(0, x.statusWord() & FloatStatus.ALL);
        assertFalse(x.isStored());
        x.endStore(true);
        assertEquals(FloatStatus.OVERFLOW, x.statusWord() & FloatStatus.ALL);
        assertEquals(7, x.top());
    }

    @Test
    void aStoreThatFaultsInMemoryLeavesNoTrace() {
        x.fldF80(ONE | 1, 0x3FFF);
        int before = x.statusWord();
        x.fstF32();
        assertEquals(before, x.statusWord());
        x.endStore(true);
        assertEquals(FloatStatus.INEXACT, x.statusWord() & FloatStatus.ALL);
        assertEquals(0, x.top());
    }

    @Test
    void comparisonsSetConditionsByRelation() {
        x.fild(1);
        x.fild(2);
        x.fcom(1, false, 0);
        assertEquals(0, conditions());
        x.fcom(0, false, 0);
        assertEquals(X87.C3, conditions());
        assertEquals(0, x.fcomi(1, false, false));
        x.fcomF64(Double.doubleToRawLongBits(Double.NaN), false);
        assertEquals(X87.C3 | X87.C2 | X87.C0, conditions());
        assertEquals(FloatStatus.INVALID, x.statusWord() & FloatStatus.ALL);
        x.fnclex();
        x.fldF80(Float80.INDEFINITE, 0x7FFF);
        assertEquals(0x45, x.fcomi(1, true, true));
        assertEquals(0, x.statusWord() & FloatStatus.ALL);
    }

    private int conditions() {
        return x.statusWord() & (X87.C0 | X87.C1 | X87.C2 | X87.C3);
    }

    @Test
    void examineTellsTheClasses() {
        long[] significands = {1L << 62, Float80.INDEFINITE, ONE, ONE, 0, 1};
        int[] exponents = {0x3FFF, 0x7FFF, 0x3FFF, 0xFFFF, 0, 0};
        int[] expected = {
            0, X87.C0, X87.C2, X87.C2 | X87.C1 | X87.C0, X87.C3, X87.C3 | X87.C2,
        };
        for (int i = 0; i < expected.length; i++) {
            x.fninit();
            x.fldF80(significands[i], exponents[i]);
            x.fxam();
            assertEquals(expected[i], conditions());
        }
        x.fninit();
        x.fxam();
        assertEquals(X87.C3 | X87.C0, conditions() & ~X87.C1);
    }

    @Test
    void decimalsGoThereAndBack() {
        x.fbld(0x7654_3210_9876_5432L, 0x8098);
        assertEquals(-987_654_321_098_765_432L, x.fist(64));
        assertEquals(0x7654_3210_9876_5432L, x.fbst());
        assertEquals(0x8098, x.storedExponent());
        x.endStore(true);
        x.fldF80(ONE, 0x4040);
        assertEquals(0xC000_0000_0000_0000L, x.fbst());
        assertEquals(0xFFFF, x.storedExponent());
    }

    @Test
    void constantsFollowTheRoundingControl() {
        long[] nearest = {
            ONE,
            0xD49A_784B_CD1B_8AFEL,
            0xB8AA_3B29_5C17_F0BCL,
            0xC90F_DAA2_2168_C235L,
            0x9A20_9A84_FBCF_F799L,
            0xB172_17F7_D1CF_79ACL,
            0,
        };
        for (int i = 0; i < nearest.length; i++) {
            x.fninit();
            x.fldConstant(i);
            assertEquals(nearest[i], x.significand(0), "constant " + i);
            x.fldcw(0xF7F);
            x.fldConstant(i);
            assertTrue(nearest[i] - x.significand(0) <= 1);
        }
        x.fldcw(0xB7F);
        x.fldConstant(1);
        assertEquals(nearest[1] + 1, x.significand(0));
    }

    @Test
    void partialRemaindersTellTheirQuotient() {
        x.fild(7);
        x.fild(-40);
        x.fprem(false);
        assertEquals(-5, x.fist(32));
        assertEquals(X87.C0 | X87.C1, conditions());
        x.fninit();
        x.fild(7);
        x.fild(40);
        x.fprem(true);
        assertEquals(-2, x.fist(32));
        assertEquals(X87.C3 | X87.C0, conditions());
    }

    @Test
    void extractionTakesANumberApart() {
        x.fild(-40);
        x.fxtract();
        assertEquals(Double.doubleToRawLongBits(-1.25), x.fstF64());
        x.endStore(true);
        assertEquals(5, x.fist(32));
    }

    @Test
    void trigonometryRefusesWhatIsTooLarge() {
        x.fldF80(ONE, 16383 + 63);
        x.fsin();
        assertEquals(X87.C2, x.statusWord() & X87.C2);
        assertEquals(16383 + 63, x.signExponent(0));
        x.fldF80(ONE, 0x3FFF);
        x.fptan();
        assertEquals(0, x.statusWord() & X87.C2);
        assertEquals(1, x.fist(32));
        x.endStore(true);
        assertEquals(Double.doubleToRawLongBits(Math.tan(1)), x.fstF64());
    }

    @Test
    void imagesRestoreWhatTheySaved() {
        for (int form = 0; form < 4; form++) {
            x.fninit();
            x.fldcw(0x27F);
            x.fild(3);
            x.fldConstant(3);
            x.fldConstant(6);
            x.setOpcode(0x5A5);
            x.setInstruction(form >= 2 ? 0 : 0x33, 0x1234);
            x.setData(form >= 2 ? 0 : 0x2B, 0x5678);
            byte[] expected = new byte[512];
            x.fxsave(expected, 0, false);
            byte[] image = new byte[108];
            x.fnsave(image, 0, (form & 1) != 0, form >= 2);
            assertEquals(0xFFFF, x.tagWord());
            assertEquals(0x37F, x.controlWord());
            x.frstor(image, 0, (form & 1) != 0, form >= 2);
            byte[] actual = new byte[512];
            x.fxsave(actual, 0, false);
            if (form == 0) {
                // The short protected form has no room for the opcode.
                expected[6] = 0;
                expected[7] = 0;
            }
            assertArrayEquals(expected, actual, "form " + form);
        }
    }

    @Test
    void anEnvironmentHasTheProtectedModeLayoutAndMasksAll() {
        x.fldcw(0x340);
        x.fldConstant(0);
        x.fldConstant(6);
        x.setInstruction(0x33, 0x0011_2233);
        x.setOpcode(0x1E8);
        byte[] image = new byte[28];
        x.fnstenv(image, 0, true, false);
        assertArrayEquals(
                new byte[] {
                    0x40,
                    3,
                    -1,
                    -1,
                    0,
                    0x30,
                    -1,
                    -1,
                    -1,
                    0x1F,
                    -1,
                    -1,
                    0x33,
                    0x22,
                    0x11,
                    0,
                    0x33,
                    0,
                    (byte) 0xE8,
                    1,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    -1,
                    -1
                },
                image);
        assertEquals(0x37F, x.controlWord());
    }

    @Test
    void mmxRegistersAreTheSignificands() {
        x.fild(1);
        x.enterMmx();
        x.setMmx(3, 0x1122_3344_5566_7788L);
        assertEquals(0, x.top());
        assertEquals(0xFF, x.abridgedTags());
        assertEquals(0x1122_3344_5566_7788L, x.significand(3));
        assertEquals(0xFFFF, x.signExponent(3));
        assertEquals(ONE, x.mmx(7));
        x.emms();
        assertEquals(0xFFFF, x.tagWord());
    }
}
