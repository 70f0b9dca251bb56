package org.interposer.engine.softcpu.cpu;

/** What surrounds a vCPU: buses, clock, local APIC, CPUID. Called on the vCPU's own thread. */
public interface Env {
    /** Reads a port; 1, 2 or 4 bytes, zero-extended. */
    long portRead(int port, int size);

    /** Writes a port. */
    void portWrite(int port, int size, long value);

    /** Reads a guest-physical address that is no memory; 1, 2, 4 or 8 bytes, zero-extended. */
    long mmioRead(long address, int size);

    /** Writes a guest-physical address that is no RAM. */
    void mmioWrite(long address, int size, long value);

    /** Time-stamp counter. */
    long tsc();

    /** Sets the time-stamp counter. */
    void setTsc(long value);

    /** CR8 of the local APIC. */
    int cr8();

    /** Sets CR8. */
    void setCr8(int value);

    /** CPUID: eax, ebx, ecx, edx into the array. */
    void cpuid(int function, int index, int[] result);

    /**
     * An MSR of the environment: APIC base, x2APIC, TSC deadline, paravirtual clock.
     *
     * @return false when there is no such MSR or it may not be read
     */
    boolean readMsr(int index, long[] result);

    /**
     * Writes an MSR of the environment.
     *
     * @return false for #GP
     */
    boolean writeMsr(int index, long value);

    /** The vCPU cannot go on: leave, and report it. */
    void fail(String message);

    /** Whether {@link #fail} has been called: no exception is delivered any more. */
    boolean failed();
}
