package org.interposer.engine.softcpu.fp;

/** How two numbers compare, and what each instruction makes of it. */
final class Relation {
    static final int LESS = -1;
    static final int EQUAL = 0;
    static final int GREATER = 1;
    static final int UNORDERED = 2;

    private static final int CF = 1;
    private static final int PF = 4;
    private static final int ZF = 0x40;

    private Relation() {}

    /** Of two numbers that are no NaNs. */
    static int of(double a, double b) {
        return a < b ? LESS : a > b ? GREATER : EQUAL;
    }

    /** Of two supported 80-bit numbers that are no NaNs. */
    static int of(long aSig, int aSe, long bSig, int bSe) {
        if (aSig == 0 && bSig == 0) {
            return EQUAL;
        }
        int sign = (aSig == 0 ? bSe ^ 0x8000 : aSe) >>> 15;
        if (aSig != 0 && bSig != 0 && (aSe ^ bSe) >>> 15 == 0) {
            // A pseudo-denormal has the value of exponent 1.
            int aExp = Math.max(aSe & Float80.SPECIAL, 1);
            int bExp = Math.max(bSe & Float80.SPECIAL, 1);
            int order =
                    aExp != bExp ? Integer.compare(aExp, bExp) : Long.compareUnsigned(aSig, bSig);
            return sign == 0 ? Integer.signum(order) : -Integer.signum(order);
        }
        return sign != 0 ? LESS : GREATER;
    }

    /** Whether a predicate of CMPPS is invalid for quiet NaNs: LT, LE, NLT, NLE. */
    static boolean isSignaling(int predicate) {
        return (predicate & 3) == 1 || (predicate & 3) == 2;
    }

    /** Whether the relation fulfils a predicate of CMPPS: EQ, LT, LE, UNORD and their opposites. */
    static boolean holds(int relation, int predicate) {
        boolean base;
        switch (predicate & 3) {
            case 0:
                base = relation == EQUAL;
                break;
            case 1:
                base = relation == LESS;
                break;
            case 2:
                base = relation <= EQUAL;
                break;
            default:
                base = relation == UNORDERED;
                break;
        }
        return base != ((predicate & 4) != 0);
    }

    /** ZF, PF and CF as COMISS and FCOMI set them. */
    static int flags(int relation) {
        switch (relation) {
            case LESS:
                return CF;
            case EQUAL:
                return ZF;
            case GREATER:
                return 0;
            default:
                return ZF | PF | CF;
        }
    }
}
