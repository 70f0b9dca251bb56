package org.interposer.engine.kvm;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.interposer.api.engine.EngineException;

/** The area that a vCPU shares with KVM: {@code struct kvm_run} and the PIO data behind it. */
final class RunPage {
    // struct kvm_run
    private static final int REQUEST_INTERRUPT_WINDOW = 0;
    private static final int IMMEDIATE_EXIT = 1;
    private static final int EXIT_REASON = 8;
    private static final int READY_FOR_INTERRUPT_INJECTION = 12;
    private static final int IF_FLAG = 13;
    private static final int CR8 = 16;
    // struct kvm_run, io
    private static final int IO_DIRECTION = 32;
    private static final int IO_SIZE = 33;
    private static final int IO_PORT = 34;
    private static final int IO_COUNT = 36;
    private static final int IO_DATA_OFFSET = 40;
    // struct kvm_run, mmio
    private static final int MMIO_PHYS_ADDR = 32;
    private static final int MMIO_DATA = 40;
    private static final int MMIO_LEN = 48;
    private static final int MMIO_IS_WRITE = 52;
    // struct kvm_run, debug.arch
    private static final int DEBUG_DR6 = 48;
    // struct kvm_run, eoi
    private static final int EOI_VECTOR = 32;
    // struct kvm_run, msr
    private static final int MSR_ERROR = 32;
    private static final int MSR_INDEX = 44;
    private static final int MSR_DATA = 48;
    // struct kvm_run, fail_entry, internal, emulation_failure, system_event
    private static final int FAIL_ENTRY_REASON = 32;
    private static final int INTERNAL_SUBERROR = 32;
    private static final int INTERNAL_NDATA = 36;
    private static final int INTERNAL_DATA = 40;
    private static final int EMULATION_FLAGS = 40;
    private static final int EMULATION_INSN_SIZE = 48;
    private static final int EMULATION_INSN_BYTES = 49;
    private static final int SYSTEM_EVENT_TYPE = 32;

    private final long address;
    private final int size;
    private final ByteBuffer page;

    /** Maps the area of a vCPU. */
    RunPage(Fd vcpu, int size) throws EngineException {
        this.size = size;
        // SAFETY: a new mapping at an address that the kernel chooses; it lives until close().
        address =
                Libc.mmap(
                        0,
                        size,
                        Libc.PROT_READ | Libc.PROT_WRITE,
                        Libc.MAP_SHARED,
                        vcpu.number(),
                        0);
        if (address == -1) {
            throw new EngineException(
                    "mapping the run area of a vCPU failed: " + Libc.describe(Libc.errno()));
        }
        // SAFETY: the buffer covers exactly the mapping and never leaves this class; the vCPU
        // unmaps only when no thread is inside it or kicks it.
        page = new Pointer(address).getByteBuffer(0, size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Unmaps it; nothing may be called afterwards. */
    void close() {
        // SAFETY: see the constructor; the vCPU calls it once, behind its gate.
        Libc.munmap(address, size);
    }

    void immediateExit(boolean wanted) {
        page.put(IMMEDIATE_EXIT, (byte) (wanted ? 1 : 0));
    }

    void requestInterruptWindow(boolean wanted) {
        page.put(REQUEST_INTERRUPT_WINDOW, (byte) (wanted ? 1 : 0));
    }

    int exitReason() {
        return page.getInt(EXIT_REASON);
    }

    boolean readyForInterrupt() {
        return page.get(READY_FOR_INTERRUPT_INJECTION) != 0;
    }

    boolean interruptsEnabled() {
        return page.get(IF_FLAG) != 0;
    }

    /** After a restore: no injection before KVM has looked at the new state. */
    void forgetInterruptFlags(boolean enabled) {
        page.put(READY_FOR_INTERRUPT_INJECTION, (byte) 0);
        page.put(IF_FLAG, (byte) (enabled ? 1 : 0));
    }

    int cr8() {
        return (int) page.getLong(CR8) & 0xf;
    }

    void cr8(int value) {
        page.putLong(CR8, value);
    }

    boolean ioIn() {
        return page.get(IO_DIRECTION) == Kvm.KVM_EXIT_IO_IN;
    }

    int ioSize() {
        return page.get(IO_SIZE);
    }

    int ioPort() {
        return page.getShort(IO_PORT) & 0xffff;
    }

    int ioCount() {
        return page.getInt(IO_COUNT);
    }

    int ioData() {
        return (int) page.getLong(IO_DATA_OFFSET);
    }

    long mmioAddress() {
        return page.getLong(MMIO_PHYS_ADDR);
    }

    int mmioData() {
        return MMIO_DATA;
    }

    int mmioLength() {
        return page.getInt(MMIO_LEN);
    }

    boolean mmioWrite() {
        return page.get(MMIO_IS_WRITE) != 0;
    }

    /** DR6 of the debugger's breakpoint. */
    long debugStatus() {
        return page.getLong(DEBUG_DR6);
    }

    int eoiVector() {
        return page.get(EOI_VECTOR) & 0xff;
    }

    int msrIndex() {
        return page.getInt(MSR_INDEX);
    }

    long msrData() {
        return page.getLong(MSR_DATA);
    }

    void msrData(long value) {
        page.putLong(MSR_DATA, value);
    }

    void msrError(boolean error) {
        page.put(MSR_ERROR, (byte) (error ? 1 : 0));
    }

    long failEntryReason() {
        return page.getLong(FAIL_ENTRY_REASON);
    }

    int internalSuberror() {
        return page.getInt(INTERNAL_SUBERROR);
    }

    /** What KVM says about an internal error, in hexadecimal words. */
    String internalData() {
        StringBuilder text = new StringBuilder();
        int count = Math.min(16, page.getInt(INTERNAL_NDATA));
        for (int i = 0; i < count; i++) {
            text.append(" %x".formatted(page.getLong(INTERNAL_DATA + 8 * i)));
        }
        return text.toString();
    }

    /** The bytes of the instruction that KVM could not emulate; none where it does not tell. */
    byte[] emulationBytes() {
        long flags = page.getLong(EMULATION_FLAGS);
        if (page.getInt(INTERNAL_NDATA) < 3
                || (flags & Kvm.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES) == 0) {
            return new byte[0];
        }
        byte[] bytes = new byte[Math.min(15, page.get(EMULATION_INSN_SIZE) & 0xff)];
        page.get(EMULATION_INSN_BYTES, bytes);
        return bytes;
    }

    int systemEventType() {
        return page.getInt(SYSTEM_EVENT_TYPE);
    }

    /** A value of 1, 2, 4 or 8 bytes at an offset of the area, zero-extended. */
    long get(int offset, int bytes) {
        return switch (bytes) {
            case 1 -> page.get(offset) & 0xffL;
            case 2 -> page.getShort(offset) & 0xffffL;
            case 4 -> page.getInt(offset) & 0xffff_ffffL;
            default -> page.getLong(offset);
        };
    }

    /** Stores the low bytes of a value. */
    void put(int offset, int bytes, long value) {
        switch (bytes) {
            case 1 -> page.put(offset, (byte) value);
            case 2 -> page.putShort(offset, (short) value);
            case 4 -> page.putInt(offset, (int) value);
            default -> page.putLong(offset, value);
        }
    }
}
