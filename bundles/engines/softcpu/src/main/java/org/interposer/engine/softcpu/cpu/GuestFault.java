package org.interposer.engine.softcpu.cpu;

/**
 * An exception of the guest's, on its way from the operation that met it to the loop that delivers
 * it. One object a vCPU, used again and again; never escapes the engine.
 */
public final class GuestFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Exception vectors (SDM vol. 3 §6.3.1). */
    public static final int DE = 0, DB = 1, NMI = 2, BP = 3, OF = 4, BR = 5, UD = 6, NM = 7;

    /** Exception vectors. */
    public static final int DF = 8, TS = 10, NP = 11, SS = 12, GP = 13, PF = 14, MF = 16, AC = 17;

    /** Exception vectors. */
    public static final int XM = 19;

    /** Vector. */
    public int vector;

    /** Error code, meaningful where {@link #hasErrorCode}. */
    public int errorCode;

    /** Page faults: the address for CR2. */
    public long address;

    /** #GP because an address was not canonical; #SS where the operand is on the stack. */
    public boolean nonCanonical;

    /** Made once. */
    public GuestFault() {
        super("guest exception", null, false, false);
    }

    /** Sets vector and error code. */
    public GuestFault with(int newVector, int newErrorCode) {
        vector = newVector;
        errorCode = newErrorCode;
        nonCanonical = false;
        return this;
    }

    /** Whether the vector pushes an error code (SDM vol. 3 §6.13). */
    public static boolean hasErrorCode(int vector) {
        return vector == DF || vector >= TS && vector <= PF || vector == AC;
    }
}
