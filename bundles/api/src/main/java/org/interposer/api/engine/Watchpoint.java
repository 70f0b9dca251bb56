package org.interposer.api.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Guest memory that a debugger on the host watches. A vCPU stops behind the instruction that
 * accesses it, whatever value that writes.
 *
 * @param address linear address of the first byte
 * @param length bytes, 1 to {@link #LONGEST}
 * @param reads whether reads count, too; writes always do
 */
public record Watchpoint(long address, int length, boolean reads) {
    /** Bytes that one can be long. */
    public static final int LONGEST = 4096;

    private static final int LONGEST_PIECE = 8;

    /** Checks the length. */
    public Watchpoint {
        if (length < 1 || length > LONGEST) {
            throw new IllegalArgumentException(
                    "a watchpoint of " + length + " bytes; 1 to " + LONGEST + " can be watched");
        }
    }

    /** Whether an access touches one of its bytes. */
    public boolean touches(long at, int size) {
        return at - address < length && address - at < size;
    }

    /**
     * The same bytes in ranges as a debug register of the processor takes them: 1, 2, 4 or 8 bytes
     * long and aligned to that (SDM vol. 3 §17.2.5). As few as there can be, by address.
     */
    public List<Watchpoint> pieces() {
        List<Watchpoint> pieces = new ArrayList<>();
        int done = 0;
        while (done < length) {
            long at = address + done;
            int left = Integer.highestOneBit(Math.min(length - done, LONGEST_PIECE));
            int aligned = (int) Math.min(LONGEST_PIECE, Long.lowestOneBit(at | LONGEST_PIECE));
            int size = Math.min(left, aligned);
            pieces.add(new Watchpoint(at, size, reads));
            done += size;
        }
        return pieces;
    }
}
