package org.interposer.itests.differential.generate;

import java.nio.ByteBuffer;
import java.util.List;
import org.interposer.itests.differential.Flags;
import org.interposer.itests.differential.Layout;
import org.interposer.itests.differential.State;
import org.interposer.itests.differential.generate.Values.Flavour;

/** Makes the state before a sequence so that its instructions have something to work on. */
final class StateMaker {
    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSP = 4;
    static final int RBP = 5;
    static final int RSI = 6;
    static final int RDI = 7;

    private final Dice dice;
    private final Values values;
    private final List<Form> forms;
    private final long[] gpr = new long[16];
    private int reserved;

    StateMaker(final Dice dice, final List<Form> forms) {
        this.dice = dice;
        this.values = new Values(dice);
        this.forms = forms;
    }

    State make(final long rip) {
        for (int i = 0; i < 16; i++) {
            gpr[i] = register();
        }
        gpr[RSP] = stackPointer();
        forms.forEach(this::prepare);
        long flags = 0x202 | dice.next() & Flags.STATUS;
        final boolean strings = forms.stream().anyMatch(form -> form.has("string"));
        if (dice.percent(strings ? 40 : 5)) {
            flags |= Flags.D;
        }
        return new State(gpr, rip, flags, fx());
    }

    /** Registers that a later instruction needs as they are, as a mask. */
    int reserved() {
        return reserved;
    }

    byte[] window() {
        final byte[] window = new byte[Layout.WINDOW_SIZE];
        final ByteBuffer buffer = Values.buffer(window);
        final Flavour flavour = flavour();
        for (int i = 0; i < window.length; i += 16) {
            values.fill(buffer, i, dice.percent(85) ? flavour : Flavour.INT);
        }
        final String special = forms.get(dice.below(forms.size())).special();
        if (special.startsWith("cmpxchg") && dice.percent(60)) {
            final boolean halves = special.equals("cmpxchg8b");
            for (int i = 0; i < window.length; i += 16) {
                buffer.putLong(i, halves ? gpr[RAX] & 0xffffffffL | gpr[RDX] << 32 : gpr[RAX]);
                buffer.putLong(i + 8, halves ? buffer.getLong(i) : gpr[RDX]);
            }
        }
        return window;
    }

    private long register() {
        final int roll = dice.below(100);
        if (roll < 40) {
            return pointer();
        }
        if (roll < 80) {
            return values.integer();
        }
        return roll < 90 ? dice.below(256) : dice.next();
    }

    private long pointer() {
        final int unaligned = dice.percent(30) ? dice.below(16) : 0;
        return Layout.WINDOW + 16L * dice.below(Layout.WINDOW_SIZE / 16) + unaligned;
    }

    private long stackPointer() {
        final int roll = dice.below(100);
        if (roll < 95) {
            return Layout.STACK + 0x800 + 8L * dice.below(32);
        }
        if (roll < 97) {
            return Layout.STACK + Layout.STACK_SIZE - dice.below(24);
        }
        return roll < 99 ? Layout.STACK + dice.below(24) : Layout.STACK + 0x801 + dice.below(7);
    }

    private void set(final int register, final long value) {
        gpr[register] = value;
        reserved |= 1 << register;
    }

    private void prepare(final Form form) {
        if (form.value("shift").equals("cl") || form.value("rotate").equals("cl")) {
            set(RCX, dice.percent(90) ? dice.below(72) : dice.next());
        }
        if (form.has("string")) {
            set(RSI, pointer());
            set(RDI, dice.percent(70) ? pointer() : gpr[RSI] + dice.below(33) - 16);
            set(RCX, dice.percent(95) ? dice.below(24) : dice.next() & 0xffff);
        }
        switch (form.special()) {
            case "div":
                set(RDX, dice.percent(70) ? -(long) dice.below(2) : dice.next() >> dice.below(64));
                set(RAX, values.integer());
                break;
            case "xlat":
                set(RBX, pointer() - dice.below(128));
                break;
            case "enter":
            case "leave":
                set(RBP, Layout.STACK + 0x900 + 8L * dice.below(64));
                break;
            case "maskmov":
                set(RDI, pointer());
                break;
            case "pcmpstr":
                set(RAX, dice.percent(80) ? dice.below(40) - 20 : values.integer());
                set(RDX, dice.percent(80) ? dice.below(40) - 20 : values.integer());
                break;
            default:
        }
        if (form.name().startsWith("loop") || form.name().startsWith("jrcxz")) {
            set(RCX, dice.percent(50) ? dice.below(3) : gpr[RCX]);
        }
    }

    private Flavour flavour() {
        final Form form = forms.get(dice.below(forms.size()));
        for (final Flavour flavour : List.of(Flavour.F32, Flavour.F64, Flavour.F80, Flavour.BCD)) {
            if (form.has(flavour.name().toLowerCase(java.util.Locale.ROOT))) {
                return flavour;
            }
        }
        return Flavour.INT;
    }

    private Flavour stackFlavour() {
        switch (forms.get(0).special()) {
            case "trig":
            case "near":
                return Flavour.MILD;
            case "f2xm1":
            case "fyl2xp1":
                return Flavour.UNIT;
            default:
                return Flavour.F80;
        }
    }

    private byte[] fx() {
        final byte[] fx = new byte[512];
        final ByteBuffer buffer = Values.buffer(fx);
        x87(buffer);
        buffer.putInt(State.MXCSR, mxcsr());
        final Flavour flavour = flavour();
        for (int i = 0; i < 16; i++) {
            values.fill(buffer, State.XMM + 16 * i, dice.percent(85) ? flavour : Flavour.INT);
        }
        return fx;
    }

    private void x87(final ByteBuffer buffer) {
        final int precision = dice.percent(60) ? 3 : dice.below(4);
        final int masks = dice.percent(80) ? 0x3f : dice.below(64);
        buffer.putShort(State.FCW, (short) (0x40 | masks | precision << 8 | dice.below(4) << 10));
        // Pending exceptions are rare: every waiting instruction then ends the case.
        final int allowed = dice.percent(3) ? 0x3f : masks;
        int status = dice.percent(60) ? 0 : dice.below(128) & (allowed | 0x40);
        if ((status & ~masks & 0x3f) != 0) {
            status |= 0x8080;
        }
        status |= (int) dice.next() & 0x4700 | dice.below(8) << 11;
        buffer.putShort(State.FSW, (short) status);
        final int tags = dice.percent(70) ? 0xff : dice.below(256);
        buffer.put(State.FTW, (byte) tags);
        final Flavour flavour = stackFlavour();
        for (int i = 0; i < 8; i++) {
            values.fill(buffer, State.ST + 16 * i, flavour);
            buffer.putShort(State.ST + 16 * i + 10, (short) 0);
            buffer.putInt(State.ST + 16 * i + 12, 0);
        }
    }

    private int mxcsr() {
        if (dice.percent(50)) {
            return 0x1f80;
        }
        final int masks = dice.percent(75) ? 0x1f80 : dice.below(64) << 7;
        final int modes = dice.below(4) << 13 | dice.pick(0, 0, 0x8000, 0x40, 0x8040);
        return masks | modes | (dice.percent(50) ? dice.below(64) : 0);
    }
}
