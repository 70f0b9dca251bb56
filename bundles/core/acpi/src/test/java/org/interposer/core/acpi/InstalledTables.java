package org.interposer.core.acpi;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import org.interposer.api.acpi.AcpiTopology;
import org.interposer.api.bus.IoBus;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.pci.PciHost;
import org.interposer.core.iobus.ComponentBusFactory;
import org.interposer.core.memory.MappedGuestMemoryFactory;
import org.interposer.core.pci.I440fxHostFactory;

/** Installs the tables in a machine and finds them again as a guest does. */
final class InstalledTables implements AutoCloseable {
    static final long ECAM = 0xD000_0000L;

    final IoBus bus = new ComponentBusFactory().create();
    final PciHost pci;
    final byte[] rsdp;
    final Map<String, byte[]> tables = new LinkedHashMap<>();
    private final GuestMemory memory;

    InstalledTables(int cpus, OptionalLong ecam, int serial) throws IOException {
        memory = new MappedGuestMemoryFactory().create("acpi-test", 2 << 20);
        pci = new I440fxHostFactory().create(bus, interrupts(), ecam);
        AcpiTopology topology =
                new AcpiTopology(
                        cpus,
                        ecam,
                        AcpiTopology.PM_BASE,
                        AcpiTopology.SCI_GSI,
                        0xE000_0000L,
                        0xFE00_0000L,
                        serial);
        long at = new TopologyAcpiTables().install(topology, pci, memory);
        rsdp = read(at, 36);
        collect();
    }

    private static InterruptController interrupts() {
        IrqLine line = asserted -> {};
        return (InterruptController)
                Proxy.newProxyInstance(
                        InterruptController.class.getClassLoader(),
                        new Class<?>[] {InterruptController.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("line")) {
                                return line;
                            }
                            throw new UnsupportedOperationException(method.getName());
                        });
    }

    private void collect() {
        byte[] xsdt = table(little(rsdp).getLong(24));
        for (int at = Table.HEADER; at < xsdt.length; at += 8) {
            table(little(xsdt).getLong(at));
        }
        byte[] fadt = tables.get("FACP");
        table(Integer.toUnsignedLong(little(fadt).getInt(36)));
        table(little(fadt).getLong(140));
    }

    private byte[] table(long address) {
        int length = little(read(address, 8)).getInt(4);
        byte[] table = read(address, length);
        tables.put(new String(table, 0, 4, StandardCharsets.US_ASCII), table);
        return table;
    }

    private byte[] read(long address, int length) {
        byte[] bytes = new byte[length];
        if (!memory.read(address, bytes, 0, length)) {
            throw new NoSuchElementException("no table at 0x" + Long.toHexString(address));
        }
        return bytes;
    }

    ByteBuffer get(String signature) {
        return little(Optional.ofNullable(tables.get(signature)).orElseThrow());
    }

    static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
        pci.close();
        memory.close();
    }
}
