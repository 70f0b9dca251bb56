package org.interposer.tool.gdb;

import java.util.OptionalLong;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.GuestWalk;
import org.interposer.api.memory.GuestMemory;

/**
 * Guest memory at the linear addresses of one vCPU. No permission is checked: a debugger may read
 * and change what the guest itself may not.
 */
final class VirtualMemory {
    private static final int PAGE = 4096;

    private final GuestMemory memory;
    private final GuestWalk walk;

    VirtualMemory(GuestMemory memory, CpuState s) {
        this.memory = memory;
        walk = GuestWalk.of(memory, s.control());
    }

    /** Bytes, fewer where the next page is not there. */
    byte[] read(long address, int length) {
        return walk.read(address, length);
    }

    /** Writes bytes; whether all pages are there. Nothing is written if one is not. */
    boolean write(long address, byte[] bytes) {
        for (long at = address; at - address < bytes.length; at = (at | PAGE - 1) + 1) {
            if (walk.translate(at).isEmpty()) {
                return false;
            }
        }
        int done = 0;
        while (done < bytes.length) {
            long at = address + done;
            int part = (int) Math.min(bytes.length - done, PAGE - (at & PAGE - 1));
            OptionalLong physical = walk.translate(at);
            if (physical.isEmpty() || !memory.write(physical.getAsLong(), bytes, done, part)) {
                return false;
            }
            done += part;
        }
        return true;
    }
}
