package org.interposer.engine.softcpu.cpu;

import org.interposer.engine.softcpu.mem.CodeMap;
import org.interposer.engine.softcpu.mem.PhysicalMemory;

/**
 * What the vCPUs of a machine share of its memory.
 *
 * @param physical where it is
 * @param code which of it has been decoded
 * @param watch who is told about it
 */
public record Memory(PhysicalMemory physical, CodeMap code, Watch watch) {
    /** What one vCPU must tell the machine about memory. On the vCPU's own thread. */
    public interface Watch {
        /** Whether written pages are to be reported. */
        boolean logging();

        /** A page of RAM is about to become writable without further notice. */
        void written(long address);

        /**
         * A page holds code now for the first time: no vCPU may keep a way to write to it
         * unnoticed. Returns when none has one.
         */
        void codeAdded(Cpu by, long page);

        /**
         * Decoded code of a page was overwritten: returns when no vCPU will execute it any more.
         */
        void codeChanged(Cpu by, long page);

        /** Runs something while no other vCPU executes an operation. */
        void exclusively(Cpu by, Runnable action);
    }
}
