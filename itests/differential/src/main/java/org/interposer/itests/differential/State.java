package org.interposer.itests.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a user-mode program sees of its processor.
 *
 * @param gpr the 16 general registers in encoding order
 * @param rip the instruction pointer
 * @param flags RFLAGS
 * @param fx x87, MMX and SSE state as FXSAVE64 lays it out, 512 bytes
 */
public record State(long[] gpr, long rip, long flags, byte[] fx) {
    /** Offset of the x87 control word in {@link #fx}. */
    public static final int FCW = 0;

    /** Offset of the x87 status word. */
    public static final int FSW = 2;

    /** Offset of the abridged tag word, a byte. */
    public static final int FTW = 4;

    /** Offset of MXCSR. */
    public static final int MXCSR = 24;

    /** Offset of ST(0); 16 bytes each, of which 10 are used. */
    public static final int ST = 32;

    /** Offset of XMM0; 16 bytes each. */
    public static final int XMM = 160;

    /** The x87, MMX and SSE state as little-endian memory. */
    public ByteBuffer fxBuffer() {
        return ByteBuffer.wrap(fx).order(ByteOrder.LITTLE_ENDIAN);
    }
}
