package org.interposer.engine.softcpu.cpu;

import org.interposer.engine.softcpu.mem.CodeMap;
import org.interposer.engine.softcpu.mem.Host;

/**
 * The slow way of one vCPU to guest-physical memory: RAM, ROM or a device, past the translation
 * tables. Its own thread only.
 */
public final class PhysicalAccess {
    private final Cpu c;
    private final Memory memory;

    PhysicalAccess(Cpu c, Memory memory) {
        this.c = c;
        this.memory = memory;
    }

    /** Reads guest-physical memory or a device. */
    public long read(long address, int size) {
        long host = memory.physical().ram(address);
        if (host == 0) {
            host = memory.physical().rom(address);
        }
        return host != 0 ? Host.get(host, size) : c.env.mmioRead(address, size);
    }

    /** Writes guest-physical memory or a device; decoded code there is thrown away. */
    public void write(long address, int size, long value) {
        long host = memory.physical().ram(address);
        if (host == 0) {
            c.env.mmioWrite(address, size, value);
            return;
        }
        Host.put(host, size, value);
        wrote(address, size);
    }

    /**
     * Bytes of RAM inside one page have been written past the tables. The fence orders the write
     * before the look: who decodes marks first and reads then.
     */
    void wrote(long address, int size) {
        if (memory.watch().logging()) {
            memory.watch().written(address);
        }
        Host.fullFence();
        long lines = memory.code().lines(address);
        if (lines != 0 && (lines & CodeMap.linesOf(address, size)) != 0) {
            memory.watch().codeChanged(c, address & ~0xfffL);
        }
    }
}
