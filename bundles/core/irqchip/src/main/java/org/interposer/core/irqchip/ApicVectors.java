package org.interposer.core.irqchip;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntBinaryOperator;

/**
 * IRR, ISR, TMR and the priorities of one local APIC (SDM vol. 3 §11.8).
 *
 * <p>Any thread requests vectors; one thread, the vCPU's, takes and ends them. A requester sets the
 * IRR bit and then the summary bit of its word; the taker that empties a word clears the summary
 * bit and then looks at the word again, so that no request is left without its summary bit.
 */
final class ApicVectors {
    static final int NONE = -1;

    private static final int WORDS = 8;
    private static final int WORD_BITS = 0xFF;

    /** Summary bit: the PIC asserts INTR. */
    private static final int EXTERNAL = 1 << WORDS;

    private static final IntBinaryOperator OR = (a, b) -> a | b;
    private static final IntBinaryOperator AND = (a, b) -> a & b;

    private final AtomicIntegerArray page;
    private final AtomicInteger summary = new AtomicInteger();
    private volatile int priority;

    ApicVectors(AtomicIntegerArray page) {
        this.page = page;
    }

    /**
     * Any thread: sets a vector's IRR and trigger mode.
     *
     * @return whether IRR was clear
     */
    boolean request(int vector, boolean level) {
        int word = vector >> 5;
        int bit = 1 << vector;
        if (level) {
            page.getAndAccumulate(ApicRegister.TMR + word, bit, OR);
        } else {
            page.getAndAccumulate(ApicRegister.TMR + word, ~bit, AND);
        }
        int before = page.getAndAccumulate(ApicRegister.IRR + word, bit, OR);
        summary.getAndAccumulate(1 << word, OR);
        return (before & bit) == 0;
    }

    /** Any thread: level of the PIC's output. */
    void external(boolean asserted) {
        if (asserted) {
            summary.getAndAccumulate(EXTERNAL, OR);
        } else {
            summary.getAndAccumulate(~EXTERNAL, AND);
        }
    }

    /** Whether anything may be pending: one volatile read. */
    boolean isIdle() {
        return summary.get() == 0;
    }

    boolean isExternal() {
        return (summary.get() & EXTERNAL) != 0;
    }

    /** The requested vector whose class is above the processor priority's; {@link #NONE}. */
    int deliverable() {
        int words = summary.get() & WORD_BITS;
        while (words != 0) {
            int word = 31 - Integer.numberOfLeadingZeros(words);
            int bits = page.get(ApicRegister.IRR + word);
            if (bits != 0) {
                int vector = word * 32 + 31 - Integer.numberOfLeadingZeros(bits);
                return vector >> 4 > priority >> 4 ? vector : NONE;
            }
            words &= ~(1 << word);
        }
        return NONE;
    }

    /** vCPU thread: moves a vector from IRR to ISR. */
    void take(int vector) {
        int word = vector >> 5;
        int bit = 1 << vector;
        int before = page.getAndAccumulate(ApicRegister.IRR + word, ~bit, AND);
        if (before == bit) {
            summary.getAndAccumulate(~(1 << word), AND);
            if (page.get(ApicRegister.IRR + word) != 0) {
                summary.getAndAccumulate(1 << word, OR);
            }
        }
        page.set(ApicRegister.ISR + word, page.get(ApicRegister.ISR + word) | bit);
        updatePriority();
    }

    /**
     * vCPU thread: ends the highest vector in service.
     *
     * @return the vector, or {@link #NONE}
     */
    int end() {
        int vector = highest(ApicRegister.ISR);
        if (vector != NONE) {
            int index = ApicRegister.ISR + (vector >> 5);
            page.set(index, page.get(index) & ~(1 << vector));
            updatePriority();
        }
        return vector;
    }

    boolean isLevel(int vector) {
        return (page.get(ApicRegister.TMR + (vector >> 5)) & 1 << vector) != 0;
    }

    private int highest(int firstRegister) {
        for (int word = WORDS - 1; word >= 0; word--) {
            int bits = page.get(firstRegister + word);
            if (bits != 0) {
                return word * 32 + 31 - Integer.numberOfLeadingZeros(bits);
            }
        }
        return NONE;
    }

    /** PPR, as the last change of TPR or ISR left it. */
    int priority() {
        return priority;
    }

    /** vCPU thread: computes PPR from TPR and ISR. */
    void updatePriority() {
        int task = page.get(ApicRegister.TPR) & 0xFF;
        int service = Math.max(0, highest(ApicRegister.ISR));
        priority = task >> 4 >= service >> 4 ? task : service & 0xF0;
    }

    /** Forgets all vectors; the machine is paused or the vCPU is in reset. */
    void clear() {
        for (int word = 0; word < WORDS; word++) {
            page.set(ApicRegister.IRR + word, 0);
            page.set(ApicRegister.ISR + word, 0);
            page.set(ApicRegister.TMR + word, 0);
        }
        rebuild();
    }

    /** Computes what is derived from the page. */
    void rebuild() {
        summary.getAndAccumulate(EXTERNAL, AND);
        for (int word = 0; word < WORDS; word++) {
            if (page.get(ApicRegister.IRR + word) != 0) {
                summary.getAndAccumulate(1 << word, OR);
            }
        }
        updatePriority();
    }
}
