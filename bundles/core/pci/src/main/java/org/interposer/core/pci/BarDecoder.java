package org.interposer.core.pci;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.bus.MappedRange;
import org.interposer.api.bus.Mapping;
import org.interposer.api.pci.BarSpec;

/**
 * Keeps one BAR where the guest points it: handler and doorbells on the bus follow it. Its function
 * guards it.
 *
 * <p>The host bridge decodes no BAR at 0, none over IOAPIC, local APICs and firmware (0xFEC00000 up
 * to 4 GiB), none beyond the ports or 52 address bits. Over RAM a BAR is mapped but never seen;
 * platform ranges have priority on the bus, and doorbells over them are left out, for the bus looks
 * at doorbells first.
 */
final class BarDecoder {
    static final long PLATFORM_START = 0xFEC0_0000L;
    private static final long FOUR_GIB = 1L << 32;
    private static final long ADDRESS_END = 1L << 52;
    private static final long PORTS_END = 1 << 16;

    /** A doorbell as its front-end asked for it. */
    private static final class Bell {
        private final long offset;
        private final int size;
        private final OptionalLong value;
        private final IoEvent event;
        private Mapping mapping;

        Bell(long offset, int size, OptionalLong value, IoEvent event) {
            this.offset = offset;
            this.size = size;
            this.value = value;
            this.event = event;
        }

        void unmap() {
            if (mapping != null) {
                mapping.close();
                mapping = null;
            }
        }
    }

    private final BarSpec spec;
    private final String owner;
    private final IoBus bus;
    private final BarRegistry registry;
    private final List<Bell> bells = new ArrayList<>();
    private Mapping mapping;
    private volatile long address = -1;

    BarDecoder(BarSpec spec, String owner, IoBus bus, BarRegistry registry) {
        this.spec = spec;
        this.owner = owner;
        this.bus = bus;
        this.registry = registry;
    }

    BarSpec spec() {
        return spec;
    }

    AddressSpace space() {
        return spec.kind() == BarSpec.Kind.IO ? AddressSpace.PORT : AddressSpace.MMIO;
    }

    /** Where it is decoded now; any thread. */
    OptionalLong address() {
        long now = address;
        return now < 0 ? OptionalLong.empty() : OptionalLong.of(now);
    }

    /** Whether a range on the bus is this BAR. */
    boolean is(MappedRange range) {
        return address == range.base()
                && spec.size() == range.length()
                && space() == range.space()
                && owner.equals(range.owner());
    }

    /** Follows what the registers say now. */
    void update(ConfigSpace config) {
        int enable =
                spec.kind() == BarSpec.Kind.IO
                        ? ConfigSpace.COMMAND_IO
                        : ConfigSpace.COMMAND_MEMORY;
        long base = config.barBase(spec);
        boolean decoded = (config.command() & enable) != 0 && canDecode(base);
        moveTo(decoded ? base : -1);
    }

    private boolean canDecode(long base) {
        long size = spec.size();
        if (spec.kind() == BarSpec.Kind.IO) {
            return base > 0 && base + size <= PORTS_END;
        }
        if (base <= 0 || base >= ADDRESS_END || size > ADDRESS_END) {
            return false;
        }
        return base >= FOUR_GIB ? base + size <= ADDRESS_END : base + size <= PLATFORM_START;
    }

    private void moveTo(long target) {
        if (target == address) {
            return;
        }
        bells.forEach(Bell::unmap);
        if (mapping != null) {
            mapping.close();
            mapping = null;
        }
        address = target;
        if (target >= 0) {
            mapping =
                    bus.map(
                            space(),
                            target,
                            spec.size(),
                            IoBus.PRIORITY_BAR,
                            owner,
                            spec.handler());
            bells.forEach(this::place);
        }
    }

    /** Adds a doorbell; the function serializes its removal too. */
    Mapping addBell(long offset, int size, OptionalLong value, IoEvent event, Object lock) {
        Bell bell = new Bell(offset, size, value, event);
        bells.add(bell);
        place(bell);
        return () -> {
            synchronized (lock) {
                bells.remove(bell);
                bell.unmap();
            }
        };
    }

    private void place(Bell bell) {
        long at = address + bell.offset;
        if (address >= 0 && !registry.isForeign(bus, space(), at)) {
            bell.mapping =
                    bus.mapDoorbell(new Doorbell(space(), at, bell.size, bell.value, bell.event));
        }
    }
}
