package org.interposer.engine.softcpu.cpu;

/**
 * RFLAGS. The six arithmetic flags are kept as the last result and its carries and computed when
 * somebody asks:
 *
 * <pre>
 * fr            result, sign-extended from its size to 64 bits
 * fc bit 63     CF
 * fc bit 62     CF xor OF
 * fc bit 3      AF
 * fc bit 1      PF is not what the result says
 * fc bit 0      SF is not what the result says
 * </pre>
 */
public final class Flags {
    public static final long CF = 1, PF = 1 << 2, AF = 1 << 4, ZF = 1 << 6, SF = 1 << 7;
    public static final long TF = 1 << 8, IF = 1 << 9, DF = 1 << 10, OF = 1 << 11;
    public static final long IOPL = 3 << 12, NT = 1 << 14, RF = 1 << 16, VM = 1 << 17;
    public static final long AC = 1 << 18, VIF = 1 << 19, VIP = 1 << 20, ID = 1 << 21;

    /** The six. */
    public static final long ARITHMETIC = CF | PF | AF | ZF | SF | OF;

    private static final long FIXED = 2;
    private static final long OTHERS = TF | IF | DF | IOPL | NT | RF | VM | AC | VIF | VIP | ID;
    private static final long LOW = 0x3fff_ffff_ffff_ffffL;

    private Flags() {}

    public static boolean cf(Cpu c) {
        return c.fc < 0;
    }

    public static boolean of(Cpu c) {
        return (c.fc ^ c.fc << 1) < 0;
    }

    public static boolean zf(Cpu c) {
        return c.fr == 0;
    }

    public static boolean sf(Cpu c) {
        return (c.fr ^ c.fc << 63) < 0;
    }

    public static boolean pf(Cpu c) {
        return (Integer.bitCount((int) c.fr & 0xff) + (int) (c.fc >> 1) & 1) == 0;
    }

    public static boolean af(Cpu c) {
        return (c.fc & 8) != 0;
    }

    /** SF differs from OF: less, signed. */
    public static boolean less(Cpu c) {
        return (c.fr ^ c.fc << 63 ^ c.fc ^ c.fc << 1) < 0;
    }

    /** A condition by its number in the opcode: O B Z BE S P L LE, odd ones negated. */
    public static boolean condition(Cpu c, int number) {
        boolean holds =
                switch (number >> 1) {
                    case 0 -> of(c);
                    case 1 -> cf(c);
                    case 2 -> zf(c);
                    case 3 -> c.fc < 0 || c.fr == 0;
                    case 4 -> sf(c);
                    case 5 -> pf(c);
                    case 6 -> less(c);
                    default -> c.fr == 0 || less(c);
                };
        return holds ^ (number & 1) != 0;
    }

    /** Sets CF and OF, leaves the rest. */
    public static void setCfOf(Cpu c, boolean cf, boolean of) {
        c.fc = c.fc & LOW | (cf ? 1L << 63 : 0) | (cf != of ? 1L << 62 : 0);
    }

    /** Sets CF, leaves the rest. */
    public static void setCf(Cpu c, boolean cf) {
        setCfOf(c, cf, of(c));
    }

    /** Sets the six from a flags image. */
    public static void setArithmetic(Cpu c, long flags) {
        boolean zero = (flags & ZF) != 0;
        boolean cf = (flags & CF) != 0;
        boolean of = (flags & OF) != 0;
        boolean parity = (flags & PF) != 0;
        c.fr = zero ? 0 : 1;
        c.fc =
                (cf ? 1L << 63 : 0)
                        | (cf != of ? 1L << 62 : 0)
                        | ((flags & AF) != 0 ? 8 : 0)
                        | (parity != zero ? 2 : 0)
                        | ((flags & SF) != 0 ? 1 : 0);
    }

    /** The six. */
    public static long arithmetic(Cpu c) {
        return (c.fc >>> 63)
                | (pf(c) ? PF : 0)
                | (af(c) ? AF : 0)
                | (c.fr == 0 ? ZF : 0)
                | (sf(c) ? SF : 0)
                | (of(c) ? OF : 0);
    }

    /** All of RFLAGS. */
    public static long get(Cpu c) {
        return arithmetic(c) | c.fl | FIXED;
    }

    /** Sets all of RFLAGS. Whoever may have changed IF, TF, AC or VM calls {@link Modes#update}. */
    public static void set(Cpu c, long flags) {
        setArithmetic(c, flags);
        c.fl = flags & OTHERS;
    }

    /**
     * After a part of a repeated instruction: what comes between two elements pushes RF as 1 (SDM
     * vol. 3 §17.3.1.1).
     *
     * @param more whether the instruction is not at its end
     */
    public static void setResume(Cpu c, boolean more) {
        c.fl = more ? c.fl | RF : c.fl & ~RF;
    }

    public static int iopl(Cpu c) {
        return (int) (c.fl >>> 12) & 3;
    }
}
