package org.interposer.core.pci;

import java.util.List;
import java.util.OptionalInt;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.pci.PciFunctionSpec;

/** What i440FX and PIIX3 have in their configuration space beyond the standard header. */
final class Bridges {
    private static final int INTEL = 0x8086;

    /** Intel 440FX host bridge at 00:00.0. */
    static final PciFunctionSpec HOST = spec("i440FX", 0, 0x1237, 2, 0x06_00_00);

    /** Intel PIIX3 ISA bridge at 00:01.0. */
    static final PciFunctionSpec ISA = spec("PIIX3", 1, 0x7000, 0, 0x06_01_00);

    private static final int PIRQRC = 0x60;
    private static final int PIRQRC_WRITABLE = 0x8F;

    /** What firmware routes PIRQA–PIRQD to: two lines that no ISA device has. */
    private static final int[] FIRMWARE_ROUTES = {10, 10, 11, 11};

    /** Edge/level control of IRQ 8–15; bits of IRQ 10 and 11. */
    private static final long ELCR2 = 0x4D1;

    private static final int ELCR2_ROUTES = 1 << 2 | 1 << 3;

    private Bridges() {}

    private static PciFunctionSpec spec(String name, int slot, int device, int revision, int kind) {
        return new PciFunctionSpec(
                name,
                OptionalInt.of(slot),
                0,
                INTEL,
                device,
                revision,
                kind,
                0,
                0,
                0,
                List.of(),
                List.of(),
                0,
                0);
    }

    /**
     * Registers of the 440FX: PAM and SMRAM keep what is written (RAM is RAM everywhere here, so
     * they switch nothing).
     */
    static BusFunction host(BusFunction bridge) {
        return bridge.define(ConfigSpace.COMMAND, 2, 0x0006, 0x0100)
                .define(ConfigSpace.STATUS, 2, 0x0280, 0)
                .define(0x59, 4, 0, 0x3333_3330)
                .define(0x5D, 2, 0, 0x3333)
                .define(0x5F, 1, 0, 0x33)
                .define(0x72, 1, 0x02, 0x78);
    }

    /** Registers of the PIIX3: recovery timer, chip selects, PIRQ routes, top of memory, DLC. */
    static BusFunction isa(BusFunction bridge) {
        return bridge.define(ConfigSpace.COMMAND, 2, 0x0007, 0x0108)
                .define(ConfigSpace.STATUS, 2, 0x0200, 0)
                .define(0x4C, 1, 0x4D, 0xFF)
                .define(0x4E, 2, 0x0003, 0x01FF)
                .define(PIRQRC, 4, 0x8080_8080, 0x0101_0101 * PIRQRC_WRITABLE)
                .define(0x69, 2, 0x0002, 0x04FE)
                .define(0x82, 1, 0, 0x0F);
    }

    /** Routes the PIRQs and makes their lines level triggered at the PIC, if it is on the bus. */
    static void routePirqs(BusFunction isaBridge, IoBus bus) {
        for (int pirq = 0; pirq < PirqRouter.PIRQS; pirq++) {
            isaBridge.guestWrite(PIRQRC + pirq, 1, FIRMWARE_ROUTES[pirq]);
        }
        long levels = bus.read(AddressSpace.PORT, ELCR2, 1);
        bus.write(AddressSpace.PORT, ELCR2, 1, levels | ELCR2_ROUTES);
    }

    /** Gives the router what PIRQRC[A:D] hold. */
    static void follow(PciFunction isaBridge, PirqRouter router) {
        for (int pirq = 0; pirq < PirqRouter.PIRQS; pirq++) {
            router.route(pirq, isaBridge.config(PIRQRC + pirq, 1));
        }
    }

    /** Watches PIRQRC[A:D]. */
    record PirqListener(PirqRouter router) implements PciConfigListener {
        @Override
        public void afterWrite(PciFunction function, int offset, int size) {
            if (offset < PIRQRC + PirqRouter.PIRQS && offset + size > PIRQRC) {
                follow(function, router);
            }
        }
    }
}
