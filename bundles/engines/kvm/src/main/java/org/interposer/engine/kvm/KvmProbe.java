package org.interposer.engine.kvm;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.interposer.api.engine.EngineException;

/**
 * Finds out whether KVM runs kernel code natively: a tiny VM executes, at CPL 0, an SSE instruction
 * that every processor has and no KVM emulates. Hardware reaches the HLT behind it; a KVM that
 * interprets kernel code gives up with an emulation failure.
 */
final class KvmProbe {
    /** What the probe saw. */
    enum Verdict {
        /** Kernel code runs on the processor. */
        NATIVE,
        /** Kernel code is interpreted. */
        INTERPRETED,
        /** Neither: KVM does not run the probe at all. */
        BROKEN
    }

    /**
     * The probe's result.
     *
     * @param verdict what it saw
     * @param micros how long it took
     * @param detail the exit, for people
     */
    record Result(Verdict verdict, long micros, String detail) {}

    private static final int PAGE = 4096;
    private static final int DEADLINE_MILLIS = 2000;
    private static final byte[] CODE = {
        0x0f,
        0x58,
        (byte) 0xc1, // addps xmm0, xmm1
        (byte) 0xf4 // hlt
    };
    private static final long CR0_PE_ET = 0x11;
    private static final long CR4_OSFXSR_OSXMMEXCPT = 0x600;
    private static final int CODE_SEGMENT = 0xb;
    private static final int DATA_SEGMENT = 3;
    private static final int RFLAGS_EMPTY = 2;

    // struct kvm_userspace_memory_region
    private static final int REGION_MEMORY_SIZE = 16;
    private static final int REGION_USERSPACE_ADDR = 24;
    private static final int REGION_SIZE = 32;

    private final KvmSystem system;

    /** Over an open KVM. */
    KvmProbe(KvmSystem system) {
        this.system = system;
    }

    /** Runs it; takes at most {@value #DEADLINE_MILLIS} ms. */
    Result run() {
        long start = System.nanoTime();
        ByteBuffer page = ByteBuffer.allocateDirect(2 * PAGE).alignedSlice(PAGE);
        page.put(0, CODE);
        Result result;
        try (Fd vm = system.createVm()) {
            // SAFETY: the buffer outlives the VM, see the fence below.
            long address = Pointer.nativeValue(Native.getDirectBufferPointer(page));
            Struct region = new Struct(REGION_SIZE);
            region.put64(REGION_MEMORY_SIZE, PAGE).put64(REGION_USERSPACE_ADDR, address);
            vm.call("KVM_SET_USER_MEMORY_REGION", Kvm.KVM_SET_USER_MEMORY_REGION, region);
            VmSetup.prepare(vm, system, org.interposer.api.irq.IrqchipMode.USER);
            result = execute(vm, start);
        } catch (EngineException e) {
            result = new Result(Verdict.BROKEN, micros(start), e.getMessage());
        }
        Reference.reachabilityFence(page);
        return result;
    }

    private Result execute(Fd vm, long start) throws EngineException {
        try (Fd vcpu = new Fd(vm.call("KVM_CREATE_VCPU", Kvm.KVM_CREATE_VCPU, 0), "a probe")) {
            enterProtectedMode(vcpu);
            RunPage page = new RunPage(vcpu, system.runPageSize());
            try {
                return judge(page, runWithDeadline(vcpu), micros(start));
            } finally {
                page.close();
            }
        }
    }

    /** Flat 32-bit segments, no paging: mode changes are not what is probed. */
    private static void enterProtectedMode(Fd vcpu) throws EngineException {
        Struct sregs = new Struct(VcpuLayout.SREGS_SIZE);
        vcpu.call("KVM_GET_SREGS", Kvm.KVM_GET_SREGS, sregs);
        flat(sregs, VcpuLayout.SREGS_CS, CODE_SEGMENT, 1);
        int[] data = {
            VcpuLayout.SREGS_DS,
            VcpuLayout.SREGS_ES,
            VcpuLayout.SREGS_FS,
            VcpuLayout.SREGS_GS,
            VcpuLayout.SREGS_SS
        };
        for (int segment : data) {
            flat(sregs, segment, DATA_SEGMENT, 2);
        }
        sregs.put64(VcpuLayout.SREGS_CR0, CR0_PE_ET);
        sregs.put64(VcpuLayout.SREGS_CR4, CR4_OSFXSR_OSXMMEXCPT);
        vcpu.call("KVM_SET_SREGS", Kvm.KVM_SET_SREGS, sregs);
        Struct regs = RegisterCodec.regs(new long[16], 0, RFLAGS_EMPTY);
        vcpu.call("KVM_SET_REGS", Kvm.KVM_SET_REGS, regs);
    }

    private static void flat(Struct sregs, int at, int type, int index) {
        sregs.put64(at + VcpuLayout.SEGMENT_BASE, 0).put32(at + VcpuLayout.SEGMENT_LIMIT, -1);
        sregs.put16(at + VcpuLayout.SEGMENT_SELECTOR, index << 3);
        sregs.put8(at + VcpuLayout.SEGMENT_TYPE, type).put8(at + VcpuLayout.SEGMENT_S, 1);
        sregs.put8(at + VcpuLayout.SEGMENT_DPL, 0).put8(at + VcpuLayout.SEGMENT_PRESENT, 1);
        sregs.put8(at + VcpuLayout.SEGMENT_DB, 1).put8(at + VcpuLayout.SEGMENT_G, 1);
        sregs.put8(at + VcpuLayout.SEGMENT_L, 0).put8(at + VcpuLayout.SEGMENT_UNUSABLE, 0);
    }

    /** KVM_RUN's result; a watcher interrupts it after the deadline. */
    private static int runWithDeadline(Fd vcpu) {
        long me = KickSignal.currentThread();
        AtomicBoolean running = new AtomicBoolean(true);
        Thread watcher =
                new Thread(
                        () -> {
                            try {
                                Thread.sleep(DEADLINE_MILLIS);
                                while (running.get()) {
                                    KickSignal.send(me);
                                    Thread.sleep(1);
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "kvm-probe-deadline");
        watcher.setDaemon(true);
        watcher.start();
        try {
            return vcpu.tryCall(Kvm.KVM_RUN, 0);
        } finally {
            running.set(false);
            watcher.interrupt();
        }
    }

    private static Result judge(RunPage page, int result, long micros) {
        if (result != 0) {
            String detail = "KVM_RUN: " + Libc.describe(Libc.errno());
            return new Result(Verdict.BROKEN, micros, detail);
        }
        return switch (page.exitReason()) {
            case Kvm.KVM_EXIT_HLT ->
                    new Result(Verdict.NATIVE, micros, "an SSE instruction ran at CPL 0");
            case Kvm.KVM_EXIT_INTERNAL_ERROR ->
                    new Result(
                            Verdict.INTERPRETED,
                            micros,
                            "KVM failed to emulate an SSE instruction at CPL 0");
            default -> new Result(Verdict.BROKEN, micros, "KVM exit " + page.exitReason());
        };
    }

    private static long micros(long start) {
        return (System.nanoTime() - start) / 1000;
    }
}
