package org.interposer.tool.shell;

import java.io.PrintStream;
import java.util.Map;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.config.Sizes;
import org.interposer.api.machine.DeviceInfo;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineInfo;
import org.interposer.api.machine.MachineOutcome;
import org.interposer.api.pci.PciNode;

/** A machine in text. */
final class MachineReport {

    private MachineReport() {}

    static void print(Machine machine, boolean bus, PrintStream out) {
        MachineInfo info = machine.info();
        out.printf("name      %s%n", machine.name());
        out.printf("state     %s%n", machine.state().name().toLowerCase());
        if (!(machine.outcome() instanceof MachineOutcome.None)) {
            out.printf("outcome   %s%n", Outcomes.text(machine.outcome()));
        }
        out.printf("engine    %s%n", info.engine());
        if (!info.engineReason().isEmpty()) {
            out.printf("          %s%n", info.engineReason());
        }
        out.printf("irqchip   %s%n", info.irqchip());
        out.printf("memory    %s%n", Sizes.format(info.memoryBytes()));
        out.printf("cpus      %d%n", info.cpus());
        out.printf("time      %.3f s%n", info.guestNanos() / 1e9);
        devices(info, out);
        pci(info, out);
        if (bus && !info.ranges().isEmpty()) {
            bus(info, out);
        }
        counters(info, out);
    }

    private static void devices(MachineInfo info, PrintStream out) {
        if (info.devices().isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table("DEVICE", "PLUGGED", "DESCRIPTION");
        for (DeviceInfo device : info.devices()) {
            table.row(device.id(), device.realized() ? "yes" : "no", device.description());
        }
        out.print(table);
    }

    private static void pci(MachineInfo info, PrintStream out) {
        if (info.pci().isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table("PCI", "NAME", "ID", "CLASS", "BARS");
        for (PciNode node : info.pci()) {
            table.row(
                    node.address(),
                    node.name(),
                    String.format("%04x:%04x", node.vendorId(), node.deviceId()),
                    String.format("%06x", node.classCode()),
                    String.join(", ", node.bars()));
        }
        out.print(table);
    }

    private static void bus(MachineInfo info, PrintStream out) {
        out.println();
        Table table = new Table("BUS", "FROM", "TO", "OWNER");
        info.ranges()
                .forEach(
                        r ->
                                table.row(
                                        r.space() == AddressSpace.PORT ? "port" : "mmio",
                                        String.format("0x%x", r.base()),
                                        String.format("0x%x", r.base() + r.length() - 1),
                                        r.owner()));
        out.print(table);
    }

    private static void counters(MachineInfo info, PrintStream out) {
        if (info.counters().isEmpty()) {
            return;
        }
        out.println();
        Table table = new Table("COUNTER", "VALUE");
        for (Map.Entry<String, Long> counter : info.counters().entrySet()) {
            table.row(counter.getKey(), counter.getValue().toString());
        }
        out.print(table);
    }
}
