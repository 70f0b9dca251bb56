package org.interposer.engine.softcpu.cpu;

/** A segment register but for its base, which is kept where address calculation finds it. */
public final class Segment {
    /** Attribute bits, as in bits 8–23 of a descriptor's high word (SDM vol. 3 §3.4.5). */
    public static final int TYPE = 0xf, S = 1 << 4, P = 1 << 7, L = 1 << 13, DB = 1 << 14;

    /** Attribute bits. */
    public static final int G = 1 << 15, UNUSABLE = 1 << 16;

    /** Type bits of code and data segments. */
    public static final int ACCESSED = 1, WRITABLE = 2, READABLE = 2, EXPAND_DOWN = 4;

    /** Type bits of code segments. */
    public static final int CONFORMING = 4, CODE = 8;

    public int selector;

    /** In bytes, inclusive, unsigned. */
    public int limit = 0xffff;

    public int attributes = P | S | WRITABLE | ACCESSED;

    /** Readable and writable from 0 to 4 GiB − 1, so that no access needs a check. */
    public boolean flat;

    public int dpl() {
        return attributes >>> 5 & 3;
    }

    public int rpl() {
        return selector & 3;
    }

    public boolean isCode() {
        return (attributes & (S | CODE)) == (S | CODE);
    }

    public boolean usable() {
        return (attributes & UNUSABLE) == 0;
    }

    public boolean has(int bits) {
        return (attributes & bits) == bits;
    }

    /** Sets selector, limit and attributes. */
    public void set(int newSelector, int newLimit, int newAttributes) {
        selector = newSelector;
        limit = newLimit;
        attributes = newAttributes;
        flat =
                limit == -1
                        && (attributes & (UNUSABLE | CODE | WRITABLE | EXPAND_DOWN | S))
                                == (WRITABLE | S);
    }
}
