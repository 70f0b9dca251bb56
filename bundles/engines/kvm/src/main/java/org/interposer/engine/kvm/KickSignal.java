package org.interposer.engine.kvm;

/**
 * The real-time signal that takes a vCPU thread out of KVM_RUN. Its handler is the C library's
 * {@code abs}: it does nothing, so the signal may hit any code at any time; KVM_RUN returns EINTR
 * (docs/decisions/0005).
 */
final class KickSignal {
    private static final long SIG_DFL = 0;
    private static final int CANDIDATES = 16;

    /** Kept away from the first ones, which the C library and debuggers like. */
    private static final int FIRST = 6;

    private static final int NUMBER = install();
    private static final long PID = Libc.getpid();

    private KickSignal() {}

    private static int install() {
        long harmless = Libc.addressOfAbs();
        int base = Libc.__libc_current_sigrtmin() + FIRST;
        for (int number = base; number < base + CANDIDATES; number++) {
            // SAFETY: abs takes the signal number as its int and touches no memory.
            long before = Libc.signal(number, harmless);
            if (before == SIG_DFL || before == harmless) {
                return number;
            }
            // SAFETY: somebody else's handler goes back to where it was.
            Libc.signal(number, before);
        }
        throw new IllegalStateException(
                "no free real-time signal among "
                        + base
                        + "–"
                        + (base + CANDIDATES - 1)
                        + ": another library of this process uses them all");
    }

    /** Prepares the handler; the calling thread's kernel id. */
    static long currentThread() {
        // SAFETY: gettid has no arguments and cannot fail.
        return Libc.syscall(Libc.SYS_GETTID, 0, 0, 0);
    }

    /** Interrupts a thread of this process; one that has ended is ignored. */
    static void send(long thread) {
        // SAFETY: tgkill reaches only threads of this process; the handler is harmless.
        Libc.syscall(Libc.SYS_TGKILL, PID, thread, NUMBER);
    }
}
