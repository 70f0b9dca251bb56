package org.interposer.engine.kvm;

import java.util.Map;

/** Exits of one vCPU by cause: counted by its thread, read by any, a little late. */
final class ExitCounters {
    static final int PIO_IN = 0;
    static final int PIO_OUT = 1;
    static final int MMIO_READ = 2;
    static final int MMIO_WRITE = 3;
    static final int HLT = 4;
    static final int INTERRUPTED = 5;
    static final int IRQ_WINDOW = 6;
    static final int EOI = 7;
    static final int MSR_READ = 8;
    static final int MSR_WRITE = 9;
    static final int SET_TPR = 10;
    static final int SHUTDOWN = 11;
    static final int SYSTEM_EVENT = 12;
    static final int FAILED = 13;
    static final int DEBUG = 14;

    private static final String[] NAMES = {
        "pio-in",
        "pio-out",
        "mmio-read",
        "mmio-write",
        "hlt",
        "interrupted",
        "irq-window",
        "ioapic-eoi",
        "msr-read",
        "msr-write",
        "set-tpr",
        "shutdown",
        "system-event",
        "failed",
        "debug"
    };

    private final long[] counts = new long[NAMES.length];

    /** Counts one exit. */
    void count(int cause) {
        counts[cause]++;
    }

    /** Adds the causes that happened. */
    void addTo(Map<String, Long> sums) {
        for (int i = 0; i < NAMES.length; i++) {
            if (counts[i] != 0) {
                sums.merge(NAMES[i], counts[i], Long::sum);
            }
        }
    }
}
