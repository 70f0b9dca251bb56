/**
 * The engine that runs guest instructions on Linux KVM, through JNA direct mapping.
 *
 * <pre>
 * KvmEngine ─ report: KvmSystem (capabilities) + KvmProbe (does kernel code run natively?)
 *    └ create → KvmVm ─ KvmSlots (memory) ─ KvmRouting/KvmIrqchip/KvmIrqchipHost (interrupts)
 *                 │      KvmDoorbells (ioeventfd) ─ KvmClock ─ KvmCpuid
 *                 └ KvmVcpu.run: InterruptFeed.beforeRun → ioctl(KVM_RUN) → RunPage
 *                        → IoBus.read/write | InterruptFeed | VcpuExit
 *                   KvmVcpu.state/restore: VcpuCodec ↔ CpuState
 * </pre>
 *
 * <p>The loop makes one system call an exit. Numbers of the interface are in {@link
 * org.interposer.engine.kvm.Kvm}; offsets are in the class that uses the structure.
 */
package org.interposer.engine.kvm;
