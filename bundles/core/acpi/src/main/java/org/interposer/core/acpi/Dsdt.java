package org.interposer.core.acpi;

import static org.interposer.core.acpi.Aml.and;
import static org.interposer.core.acpi.Aml.argument;
import static org.interposer.core.acpi.Aml.byteFields;
import static org.interposer.core.acpi.Aml.device;
import static org.interposer.core.acpi.Aml.dwordField;
import static org.interposer.core.acpi.Aml.eisaId;
import static org.interposer.core.acpi.Aml.giveBack;
import static org.interposer.core.acpi.Aml.integer;
import static org.interposer.core.acpi.Aml.join;
import static org.interposer.core.acpi.Aml.list;
import static org.interposer.core.acpi.Aml.method;
import static org.interposer.core.acpi.Aml.name;
import static org.interposer.core.acpi.Aml.or;
import static org.interposer.core.acpi.Aml.path;
import static org.interposer.core.acpi.Aml.pciConfigRegion;
import static org.interposer.core.acpi.Aml.scope;
import static org.interposer.core.acpi.Aml.store;
import static org.interposer.core.acpi.Aml.when;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.acpi.AcpiTopology;

/**
 * The devices of a machine in AML: PCI root with windows and interrupt routing, the ISA devices,
 * S5.
 *
 * <p>A pin of a slot goes to link device LNKA–LNKD number {@code (slot + pin) & 3}, pins counted
 * from 0, which is the wiring of the ISA bridge; a link reads and writes its PIRQRC register, so
 * what the guest chooses here is what the bridge does.
 */
final class Dsdt {
    private static final int SLOTS = 32;
    private static final int PINS = 4;
    private static final int DISABLED = 0x80;
    private static final int LINK_DISABLED = 0x9;
    private static final int LINK_ENABLED = 0xB;

    /** Interrupts that the links offer: those no ISA device of the machine has. */
    private static final int[] LINK_CHOICES = {5, 10, 11};

    /** Where the interrupt number is in a template of one extended interrupt. */
    private static final int INTERRUPT_AT = 5;

    private static final String[] LINKS = {"LNKA", "LNKB", "LNKC", "LNKD"};
    private static final String[] ROUTES = {"PRQA", "PRQB", "PRQC", "PRQD"};
    private static final long ECAM_BYTES = 256L << 20;
    private static final int PM_PORTS = 0x10;

    private Dsdt() {}

    /** The definition block without its header. */
    static byte[] body(AcpiTopology topology) {
        byte[] s5 = integer(AcpiTopology.SLEEP_TYPE_S5);
        return join(
                scope("\\_SB", pciRoot(topology), links(), board(topology)),
                name("\\_S5", list(s5, s5, integer(0), integer(0))));
    }

    private static byte[] pciRoot(AcpiTopology topology) {
        byte[] windows =
                new Resources()
                        .buses(0, 0xFF)
                        .ports(0xCF8, 8)
                        .portWindow(0, 0xCF7)
                        .portWindow(0xD00, 0xFFFF)
                        .memoryWindow(topology.mmioStart(), topology.mmioEnd() - 1)
                        .template();
        return device(
                "PCI0",
                name("_HID", eisaId("PNP0A03")),
                name("_UID", integer(0)),
                name("_CRS", windows),
                name("_PRT", routing()),
                isaBridge(topology));
    }

    private static byte[] routing() {
        List<byte[]> routes = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
            for (int pin = 0; pin < PINS; pin++) {
                routes.add(
                        list(
                                integer((long) slot << 16 | 0xFFFF),
                                integer(pin),
                                path("\\_SB." + LINKS[slot + pin & 3]),
                                integer(0)));
            }
        }
        return list(routes.toArray(byte[][]::new));
    }

    private static byte[] isaBridge(AcpiTopology topology) {
        return device(
                "ISA_",
                name("_ADR", integer(0x0001_0000)),
                pciConfigRegion("PIRQ", 0x60, 4),
                byteFields("PIRQ", ROUTES),
                isaDevice("PIC_", "PNP0000", new Resources().ports(0x20, 2).ports(0xA0, 2).irq(2)),
                isaDevice("TIMR", "PNP0100", new Resources().ports(0x40, 4).irq(0)),
                isaDevice("RTC_", "PNP0B00", new Resources().ports(0x70, 2).irq(8)),
                serial(topology.serialPort()));
    }

    private static byte[] isaDevice(String name, String id, Resources resources) {
        return device(name, name("_HID", eisaId(id)), name("_CRS", resources.template()));
    }

    /** COM1 and COM3 have interrupt 4, COM2 and COM4 interrupt 3. */
    private static byte[] serial(int port) {
        if (port == 0) {
            return new byte[0];
        }
        int irq = port == 0x2F8 || port == 0x2E8 ? 3 : 4;
        return device(
                "COM1",
                name("_HID", eisaId("PNP0501")),
                name("_UID", integer(1)),
                name("_CRS", new Resources().ports(port, 8).irq(irq).template()));
    }

    private static byte[] links() {
        byte[] all = new byte[0];
        for (int i = 0; i < LINKS.length; i++) {
            all = join(all, link(LINKS[i], i + 1, path("\\_SB.PCI0.ISA_." + ROUTES[i])));
        }
        return all;
    }

    /** A link device (ACPI 6.5 §6.2.13) over one PIRQRC register. */
    private static byte[] link(String name, int uid, byte[] register) {
        byte[] off = integer(DISABLED);
        byte[] isOff = and(register, off, Aml.NOWHERE);
        return device(
                name,
                name("_HID", eisaId("PNP0C0F")),
                name("_UID", integer(uid)),
                name("_PRS", new Resources().sharedInterrupts(LINK_CHOICES).template()),
                name("BUF0", new Resources().sharedInterrupts(0).template()),
                method(
                        "_STA",
                        0,
                        when(isOff, giveBack(integer(LINK_DISABLED))),
                        giveBack(integer(LINK_ENABLED))),
                method("_DIS", 0, or(register, off, register)),
                method(
                        "_CRS",
                        0,
                        dwordField(path("BUF0"), INTERRUPT_AT, "IRQ0"),
                        and(register, integer(0xF), path("IRQ0")),
                        when(isOff, store(integer(0), path("IRQ0"))),
                        giveBack(path("BUF0"))),
                method(
                        "_SRS",
                        1,
                        dwordField(argument(0), INTERRUPT_AT, "IRQ1"),
                        store(path("IRQ1"), register)));
    }

    /** What belongs to the board: nothing else may be placed there. */
    private static byte[] board(AcpiTopology topology) {
        Resources taken = new Resources().ports(0x4D0, 2).ports(topology.pmBase(), PM_PORTS);
        topology.ecam().ifPresent(base -> taken.memory(base, ECAM_BYTES));
        return device(
                "MBRD",
                name("_HID", eisaId("PNP0C02")),
                name("_UID", integer(1)),
                name("_CRS", taken.template()));
    }
}
