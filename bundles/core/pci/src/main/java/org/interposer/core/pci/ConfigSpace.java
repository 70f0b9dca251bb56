package org.interposer.core.pci;

import java.util.Arrays;
import org.interposer.api.pci.BarSpec;
import org.interposer.api.pci.CapabilitySpec;
import org.interposer.api.pci.PciFunctionSpec;

/**
 * The 256 bytes of a function's configuration space with their write masks (PCI 2.3 §6.2). Not
 * thread-safe; its function guards it.
 */
final class ConfigSpace {
    static final int BYTES = 256;
    static final int COMMAND = 0x04;
    static final int STATUS = 0x06;
    static final int HEADER_TYPE = 0x0E;
    static final int BAR0 = 0x10;
    static final int INTERRUPT_LINE = 0x3C;

    static final int COMMAND_IO = 1;
    static final int COMMAND_MEMORY = 1 << 1;
    static final int COMMAND_MASTER = 1 << 2;
    static final int COMMAND_INTX_OFF = 1 << 10;
    static final int STATUS_INTX = 1 << 3;
    static final int MULTIFUNCTION = 0x80;

    private static final int STATUS_CAPABILITIES = 1 << 4;
    private static final int PARITY_AND_SERR = 1 << 6 | 1 << 8;
    private static final int CAPABILITIES = 0x34;
    private static final int FIRST_CAPABILITY = 0x40;
    private static final int MSIX_ID = 0x11;
    private static final int MSIX_BYTES = 12;

    /** High byte of the status register: bits that writing 1 clears. */
    private static final int STATUS_CLEARED = 0xF9;

    private final byte[] data = new byte[BYTES];
    private final byte[] initial = new byte[BYTES];
    private final byte[] writable = new byte[BYTES];
    private final int[] capabilities;
    private final int msix;

    /** The space after RST#; the MSI-X capability, if there is one, is the last in the list. */
    ConfigSpace(PciFunctionSpec spec, int msixTableSize) {
        identity(spec);
        spec.bars().forEach(this::bar);
        capabilities = new int[spec.capabilities().size()];
        int link = CAPABILITIES;
        int next = FIRST_CAPABILITY;
        for (int i = 0; i < capabilities.length; i++) {
            CapabilitySpec capability = spec.capabilities().get(i);
            link = link(spec, link, next, capability.id(), capability.body().length);
            System.arraycopy(capability.body(), 0, initial, next + 2, capability.body().length);
            System.arraycopy(
                    capability.writable(), 0, writable, next + 2, capability.writable().length);
            capabilities[i] = next;
            next = next + 2 + capability.body().length + 3 & ~3;
        }
        msix = spec.msixVectors() > 0 ? next : 0;
        if (msix != 0) {
            link(spec, link, next, MSIX_ID, MSIX_BYTES - 2);
            define(msix + 2, 2, spec.msixVectors() - 1, 0xC000);
            define(msix + 4, 4, spec.msixBar(), 0);
            define(msix + 8, 4, msixTableSize | spec.msixBar(), 0);
        }
        reset();
    }

    private void identity(PciFunctionSpec spec) {
        define(0x00, 2, spec.vendorId(), 0);
        define(0x02, 2, spec.deviceId(), 0);
        define(COMMAND, 2, 0, PARITY_AND_SERR | COMMAND_MASTER | COMMAND_INTX_OFF);
        define(0x08, 1, spec.revision(), 0);
        define(0x09, 1, spec.classCode(), 0);
        define(0x0A, 2, spec.classCode() >> 8, 0);
        define(0x0C, 2, 0, 0xFFFF);
        define(0x2C, 2, spec.subsystemVendorId(), 0);
        define(0x2E, 2, spec.subsystemId(), 0);
        define(INTERRUPT_LINE, 1, 0, 0xFF);
        define(INTERRUPT_LINE + 1, 1, spec.interruptPin(), 0);
    }

    private void bar(BarSpec bar) {
        int at = BAR0 + 4 * bar.index();
        long address = -bar.size();
        boolean io = bar.kind() == BarSpec.Kind.IO;
        boolean wide = bar.kind() == BarSpec.Kind.MEMORY_64;
        int type = io ? 1 : (wide ? 4 : 0) | (bar.prefetchable() ? 8 : 0);
        define(at, 4, type, (int) address);
        if (wide) {
            define(at + 4, 4, 0, (int) (address >>> 32));
        }
        writable[COMMAND] |= (byte) (io ? COMMAND_IO : COMMAND_MEMORY);
    }

    private int link(PciFunctionSpec spec, int link, int at, int id, int body) {
        if (at + 2 + body > BYTES) {
            throw new IllegalArgumentException(
                    "the capabilities of " + spec.name() + " do not fit configuration space");
        }
        initial[STATUS] |= STATUS_CAPABILITIES;
        initial[link] = (byte) at;
        initial[at] = (byte) id;
        return at + 1;
    }

    /** Sets power-on value and write mask of a register. */
    void define(int offset, int size, int value, int mask) {
        put(initial, offset, size, value);
        put(writable, offset, size, mask);
        put(data, offset, size, value);
    }

    void reset() {
        byte header = data[HEADER_TYPE];
        System.arraycopy(initial, 0, data, 0, BYTES);
        data[HEADER_TYPE] = header;
    }

    int read(int offset, int size) {
        int value = 0;
        for (int i = Math.min(size, BYTES - offset) - 1; i >= 0; i--) {
            value = value << 8 | data[offset + i] & 0xFF;
        }
        return value;
    }

    /** A write by the guest: masks apply, status bits are cleared by ones. */
    void write(int offset, int size, int value) {
        for (int i = 0; i < size && offset + i < BYTES; i++) {
            int at = offset + i;
            int octet = value >>> (8 * i) & 0xFF;
            int mask = writable[at] & 0xFF;
            int kept = data[at] & ~mask;
            if (at == STATUS + 1) {
                kept &= ~(octet & STATUS_CLEARED);
            }
            data[at] = (byte) (kept | octet & mask);
        }
    }

    /** A write by the device: masks do not apply. */
    void set(int offset, int size, int value) {
        put(data, offset, size, value);
    }

    byte[] save() {
        return data.clone();
    }

    void restore(byte[] saved) {
        System.arraycopy(saved, 0, data, 0, BYTES);
    }

    int command() {
        return read(COMMAND, 2);
    }

    /** What a BAR register holds, without its type bits. */
    long barBase(BarSpec bar) {
        int at = BAR0 + 4 * bar.index();
        long low = Integer.toUnsignedLong(read(at, 4));
        return switch (bar.kind()) {
            case IO -> low & ~3L;
            case MEMORY_32 -> low & ~15L;
            case MEMORY_64 -> low & ~15L | Integer.toUnsignedLong(read(at + 4, 4)) << 32;
        };
    }

    /** Points a BAR at an address. */
    void barBase(BarSpec bar, long base) {
        int at = BAR0 + 4 * bar.index();
        write(at, 4, (int) base);
        if (bar.kind() == BarSpec.Kind.MEMORY_64) {
            write(at + 4, 4, (int) (base >>> 32));
        }
    }

    /** Offset of the n-th capability of the spec. */
    int capability(int index) {
        return capabilities[index];
    }

    /** Offset of the MSI-X capability, 0 without one. */
    int msix() {
        return msix;
    }

    /** Message control of MSI-X, 0 without one. */
    int msixControl() {
        return msix == 0 ? 0 : read(msix + 2, 2);
    }

    @Override
    public String toString() {
        return Arrays.toString(data);
    }

    private static void put(byte[] target, int offset, int size, int value) {
        for (int i = 0; i < size && offset + i < BYTES; i++) {
            target[offset + i] = (byte) (value >>> (8 * i));
        }
    }
}
