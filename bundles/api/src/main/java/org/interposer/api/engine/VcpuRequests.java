package org.interposer.api.engine;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What other threads ask of a vCPU: bits that its own thread takes and serves before it executes
 * guest code again. An engine without interrupt controllers of its own needs it. Methods may be
 * called by any thread, and never block.
 */
public final class VcpuRequests {
    /** Leave {@link Vcpu#run}. */
    public static final int KICK = 1;

    /** Look at the interrupt controllers again. */
    public static final int POKE = 2;

    /** A non-maskable interrupt; {@link #nmis} says how many. */
    public static final int NMI = 4;

    /** INIT (SDM vol. 3 §9.1.4). */
    public static final int INIT = 8;

    /** A start-up IPI (SDM vol. 3 §9.4.4); {@link #vector} says where to begin. */
    public static final int STARTUP = 16;

    private static final int VECTOR_SHIFT = 8, VECTOR = 0xff;

    /** One NMI more: while one is handled a processor keeps another (SDM vol. 3 §6.7.1). */
    private static final int SECOND_NMI = 32;

    /** Those that are no event of the guest's. */
    private static final int NO_EVENTS = KICK | POKE;

    private final AtomicInteger bits = new AtomicInteger();

    /** None. */
    public VcpuRequests() {
        // Nothing has been asked.
    }

    /**
     * Asks for something; INIT ends the events that were asked for before.
     *
     * @param what one of the constants but {@link #STARTUP}
     * @return whether nothing else was waiting, so that the caller has to wake the vCPU's thread
     */
    public boolean ask(int what) {
        return bits.getAndAccumulate(what, VcpuRequests::with) == 0;
    }

    private static int with(int now, int more) {
        return switch (more) {
            case INIT -> now & NO_EVENTS | INIT;
            case NMI -> now | ((now & NMI) == 0 ? NMI : SECOND_NMI);
            default -> now | more;
        };
    }

    /**
     * Asks for a start-up; of several that wait the first is heard.
     *
     * @param vector number of the page to begin at, 0 to 255
     * @return as {@link #ask}
     */
    public boolean startup(int vector) {
        return bits.getAndAccumulate(
                        STARTUP | (vector & VECTOR) << VECTOR_SHIFT,
                        (now, more) -> (now & STARTUP) != 0 ? now : now | more)
                == 0;
    }

    /** Whether something waits. */
    public boolean any() {
        return bits.get() != 0;
    }

    /** Takes all that waits. */
    public int take() {
        return bits.getAndSet(0);
    }

    /** Takes the events of the guest's, without {@link #KICK} and {@link #POKE}. */
    public int takeEvents() {
        return bits.getAndUpdate(now -> now & NO_EVENTS) & ~NO_EVENTS;
    }

    /** Whether there are events of the guest's among what was taken. */
    public static boolean hasEvents(int taken) {
        return (taken & ~NO_EVENTS) != 0;
    }

    /** How many NMIs are among what was taken: at most two, those after them are lost. */
    public static int nmis(int taken) {
        return Integer.bitCount(taken & (NMI | SECOND_NMI));
    }

    /** The vector of the {@link #STARTUP} among what was taken. */
    public static int vector(int taken) {
        return taken >>> VECTOR_SHIFT & VECTOR;
    }
}
