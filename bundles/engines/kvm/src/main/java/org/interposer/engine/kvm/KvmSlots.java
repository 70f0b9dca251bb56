package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.interposer.api.memory.DirtyLog;
import org.interposer.api.memory.MemoryListener;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.api.memory.MemoryRegion.HostMapping;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * KVM's memory slots, one a host mapping, in step with the guest's memory map; also KVM's log of
 * written pages.
 */
final class KvmSlots implements MemoryListener, DirtyLog.Source {
    private static final Logger LOG = LoggerFactory.getLogger(KvmSlots.class);

    // struct kvm_userspace_memory_region
    private static final int REGION_SLOT = 0;
    private static final int REGION_FLAGS = 4;
    private static final int REGION_GUEST_PHYS_ADDR = 8;
    private static final int REGION_MEMORY_SIZE = 16;
    private static final int REGION_USERSPACE_ADDR = 24;
    private static final int REGION_SIZE = 32;
    // struct kvm_dirty_log
    private static final int LOG_SLOT = 0;
    private static final int LOG_BITMAP = 8;
    private static final int LOG_SIZE = 16;

    private final Fd vm;
    private final String machine;
    private final int most;
    private final BitSet used = new BitSet();
    private final Map<MemoryRegion, List<Slot>> slots = new HashMap<>();
    private boolean logging;

    /** A slot and what it maps. */
    private record Slot(int number, HostMapping mapping, boolean readOnly) {}

    /** For a VM that may have that many slots. */
    KvmSlots(Fd vm, String machine, int most) {
        this.vm = vm;
        this.machine = machine;
        this.most = most;
    }

    @Override
    public synchronized void regionAdded(MemoryRegion region) {
        List<Slot> made = new ArrayList<>();
        for (HostMapping mapping : region.mappings()) {
            int number = used.nextClearBit(0);
            if (number >= most) {
                throw new IllegalStateException(
                        "machine '%s': '%s' needs a memory slot more than the %d of this KVM"
                                .formatted(machine, region.name(), most));
            }
            Slot slot = new Slot(number, mapping, region.kind() == MemoryRegion.Kind.ROM);
            if (!set(slot, mapping.length())) {
                int errno = Libc.errno();
                made.forEach(this::release);
                throw new IllegalStateException(
                        "machine '%s': KVM refuses '%s' at 0x%x: %s"
                                .formatted(
                                        machine,
                                        region.name(),
                                        mapping.guestAddress(),
                                        Libc.describe(errno)));
            }
            used.set(number);
            made.add(slot);
        }
        slots.put(region, made);
    }

    @Override
    public synchronized void regionRemoved(MemoryRegion region) {
        List<Slot> gone = slots.remove(region);
        if (gone != null) {
            gone.forEach(this::release);
        }
    }

    private void release(Slot slot) {
        set(slot, 0);
        used.clear(slot.number());
    }

    private boolean set(Slot slot, long length) {
        int flags = 0;
        if (slot.readOnly()) {
            flags = Kvm.KVM_MEM_READONLY;
        } else if (logging && length != 0) {
            flags = Kvm.KVM_MEM_LOG_DIRTY_PAGES;
        }
        Struct region = new Struct(REGION_SIZE);
        region.put32(REGION_SLOT, slot.number());
        region.put32(REGION_FLAGS, flags);
        region.put64(REGION_GUEST_PHYS_ADDR, slot.mapping().guestAddress());
        region.put64(REGION_MEMORY_SIZE, length);
        region.put64(REGION_USERSPACE_ADDR, slot.mapping().hostAddress());
        // SAFETY: the VM holds the guest memory, and with it the mapping, until it is closed; a
        // slot is removed before its region goes away.
        return vm.tryCall(Kvm.KVM_SET_USER_MEMORY_REGION, region) == 0;
    }

    @Override
    public synchronized void start() {
        log(true);
    }

    @Override
    public synchronized void stop() {
        log(false);
    }

    private void log(boolean wanted) {
        logging = wanted;
        forRam(
                slot -> {
                    if (!set(slot, slot.mapping().length())) {
                        throw new IllegalStateException(
                                "machine '%s': KVM cannot log writes to memory at 0x%x: %s"
                                        .formatted(
                                                machine,
                                                slot.mapping().guestAddress(),
                                                Libc.describe(Libc.errno())));
                    }
                });
    }

    private void forRam(java.util.function.Consumer<Slot> action) {
        slots.values().stream()
                .flatMap(List::stream)
                .filter(slot -> !slot.readOnly())
                .forEach(action);
    }

    @Override
    public synchronized void flushTo(DirtyLog log) {
        if (logging) {
            forRam(slot -> flush(slot, log));
        }
    }

    private void flush(Slot slot, DirtyLog log) {
        int words = (int) ((slot.mapping().length() / MemoryRegion.PAGE_SIZE + 63) / 64);
        Struct bitmap = new Struct(words * 8);
        Struct request = new Struct(LOG_SIZE);
        request.put32(LOG_SLOT, slot.number()).put64(LOG_BITMAP, bitmap.address());
        // SAFETY: KVM writes one bit a page of the slot, which is what the bitmap holds.
        int result = vm.tryCall(Kvm.KVM_GET_DIRTY_LOG, request);
        bitmap.keep();
        if (result != 0) {
            LOG.error(
                    "machine '{}': reading the log of written pages failed ({}): all pages at"
                            + " 0x{} count as written",
                    machine,
                    Libc.describe(Libc.errno()),
                    Long.toHexString(slot.mapping().guestAddress()));
            log.mark(slot.mapping().guestAddress(), slot.mapping().length());
            return;
        }
        for (int i = 0; i < words; i++) {
            mark(slot, i * 64L, bitmap.get64(i * 8), log);
        }
    }

    private static void mark(Slot slot, long firstPage, long bits, DirtyLog log) {
        long left = bits;
        while (left != 0) {
            int first = Long.numberOfTrailingZeros(left);
            int count = Long.numberOfTrailingZeros(~(left >>> first));
            count = Math.min(count, 64 - first);
            long address =
                    slot.mapping().guestAddress() + (firstPage + first) * MemoryRegion.PAGE_SIZE;
            log.mark(address, (long) count * MemoryRegion.PAGE_SIZE);
            left &= first + count == 64 ? 0 : -1L << (first + count);
        }
    }
}
