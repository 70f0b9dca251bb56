package org.interposer.engine.kvm;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Activity;
import org.interposer.api.engine.CpuState.Control;

/**
 * How interrupts reach one vCPU when KVM does not do all of it. Called on the vCPU's thread, except
 * where a method says otherwise.
 */
interface InterruptFeed {
    /** KVM does everything. */
    InterruptFeed KERNEL = new InterruptFeed() {};

    /** Before each KVM_RUN: inject, or ask for the moment to do so. */
    default void beforeRun() {}

    /** After each KVM_RUN: takes back what KVM changed. */
    default void afterRun() {}

    /** Serves a read of the local APIC's page; false when it is not there. */
    default boolean decodes(long address) {
        return false;
    }

    /** Reads from the local APIC's page after {@link #decodes}. */
    default long readMmio(long address) {
        return 0;
    }

    /** Writes to the local APIC's page after {@link #decodes}. */
    default void writeMmio(long address, long value) {}

    /** Reads an MSR that KVM leaves to user space; false for #GP. */
    default boolean readMsr(int index, RunPage page) {
        return false;
    }

    /** Writes such an MSR; false for #GP. */
    default boolean writeMsr(int index, long value) {
        return false;
    }

    /** The guest executed HLT; false when nothing but NMI, INIT or reset can wake it. */
    default boolean halted() {
        return true;
    }

    /** Whether guest code can be executed now; otherwise the thread waits. */
    default boolean runnable() {
        return true;
    }

    /** Serves INIT, start-up and NMI requests. */
    default void serve(int requests) {}

    /** A local APIC in the kernel got an EOI for a level-triggered vector. */
    default void endOfInterrupt(int vector) {}

    /** What the vCPU does, where KVM does not know. Any thread, vCPU stopped. */
    default Activity activity() {
        return Activity.RUNNING;
    }

    /** Completes the control registers read from KVM. Any thread, vCPU stopped. */
    default Control control(Control fromKvm) {
        return fromKvm;
    }

    /** What KVM gets to hear of the control registers. Any thread, vCPU stopped. */
    default Control kernelControl(Control wanted) {
        return wanted;
    }

    /** All state was written. Any thread, vCPU stopped. */
    default void restored(CpuState state) {}
}
