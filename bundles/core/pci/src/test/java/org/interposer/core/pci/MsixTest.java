package org.interposer.core.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.pci.PciFunction;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MsixTest extends PciFixture {
    private static final int ENABLE = 0x8000;
    private static final int MASK = 0x4000;
    private static final long PBA = 2048;

    private final PciFunction disk = attach("disk");
    private final int control = disk.capabilityOffset(1) + 8 + 2;
    private long table;

    @BeforeEach
    void place() {
        host.assignResources();
        command(disk, 7);
        table = disk.barAddress(MSIX_BAR).orElseThrow();
        for (int vector = 0; vector < VECTORS; vector++) {
            entry(vector, 0xFEE0_0000L, 0x40 + vector, 0);
        }
    }

    private void control(int value) {
        write(disk.bdf(), control, 2, value);
    }

    private void entry(int vector, long address, int data, int mask) {
        long at = table + 16L * vector;
        mmio(at, 4, address);
        mmio(at + 4, 4, address >>> 32);
        mmio(at + 8, 4, data);
        mmio(at + 12, 4, mask);
    }

    private static MsiMessage message(int data) {
        return new MsiMessage(0xFEE0_0000L, data);
    }

    @Test
    void aVectorSendsWhatItsEntrySays() {
        control(ENABLE);
        disk.signalMsix(1);
        assertEquals(List.of(message(0x41)), irq.sent);
        mmio(table + 16 + 8, 4, 0x77);
        disk.signalMsix(1);
        assertEquals(message(0x77), irq.sent.get(1));
        disk.signalMsix(VECTORS);
        disk.signalMsix(-1);
        assertEquals(2, irq.sent.size());
    }

    @Test
    void nothingIsSentOrRememberedWhileMsixIsOff() {
        disk.signalMsix(0);
        control(ENABLE);
        assertEquals(List.of(), irq.sent);
    }

    @Test
    void aMaskedVectorIsPendingUntilItIsUnmasked() {
        control(ENABLE);
        mmio(table + 12, 4, 1);
        disk.signalMsix(0);
        disk.signalMsix(0);
        assertEquals(List.of(), irq.sent);
        assertEquals(1, mmio(table + PBA, 8));
        mmio(table + PBA, 8, 0);
        assertEquals(1, mmio(table + PBA, 8), "read only");
        mmio(table, 4, 0xFEE0_1000L);
        mmio(table + 12, 4, 0);
        assertEquals(List.of(new MsiMessage(0xFEE0_1000L, 0x40)), irq.sent);
        assertEquals(0, mmio(table + PBA, 8));
    }

    @Test
    void theFunctionMaskAndBusMasteringHoldMessagesBack() {
        control(ENABLE | MASK);
        disk.signalMsix(2);
        assertEquals(4, mmio(table + PBA, 4));
        command(disk, 3);
        control(ENABLE);
        assertEquals(List.of(), irq.sent);
        command(disk, 7);
        assertEquals(List.of(message(0x42)), irq.sent);
    }

    @Test
    void routesAreChangedOnlyWhenTheMessageIs() {
        control(ENABLE);
        int before = irq.updates;
        mmio(table + 12, 4, 1);
        mmio(table + 12, 4, 0);
        control(ENABLE | MASK);
        control(ENABLE);
        assertEquals(before, irq.updates);
    }

    @Test
    void entriesReadBackInEveryWidth() {
        assertEquals(0xFEE0_0000L, mmio(table, 4));
        assertEquals(0x41L, mmio(table + 24, 8));
        assertEquals(0xFEE0L, mmio(table + 2, 2));
        mmio(table + 8, 8, 0xFFFF_FFFF_0000_0123L);
        assertEquals(0x1_0000_0123L, mmio(table + 8, 8), "reserved bits of vector control");
    }

    @Test
    void afterResetEveryVectorIsMasked() {
        control(ENABLE);
        disk.reset();
        assertEquals(0, disk.config(control, 2) & 0xC000);
        host.assignResources();
        assertEquals(1, mmio(disk.barAddress(MSIX_BAR).orElseThrow() + 12, 4));
    }

    @Test
    void tableAndPendingBitsAreSaved() {
        control(ENABLE);
        mmio(table + 16 + 12, 4, 1);
        disk.signalMsix(1);
        StateRecord state = disk.save();
        host.reset();
        disk.restore(state);
        assertEquals(2, mmio(table + PBA, 4));
        mmio(table + 16 + 12, 4, 0);
        assertEquals(List.of(message(0x41)), irq.sent);
        disk.signalMsix(0);
        assertEquals(message(0x40), irq.sent.get(1));
    }

    @Test
    void theStateOfAnotherDeviceIsRefused() {
        StateRecord bridge = host.save().nested("isaBridge");
        StateException e = assertThrows(StateException.class, () -> disk.restore(bridge));
        assertEquals(true, e.getMessage().contains("disk"), e.getMessage());
    }

    @Test
    void closingFreesTheRoutes() {
        control(ENABLE);
        assertEquals(VECTORS, irq.openRoutes);
        disk.close();
        assertEquals(0, irq.openRoutes);
        disk.signalMsix(0);
        assertEquals(0, irq.sent.size());
    }

    @Test
    void noSignalIsLostWhileTheGuestMasksAndUnmasks() throws InterruptedException {
        control(ENABLE);
        AtomicBoolean stop = new AtomicBoolean();
        Thread guest =
                new Thread(
                        () -> {
                            while (!stop.get()) {
                                mmio(table + 12, 4, 1);
                                mmio(table + 12, 4, 0);
                            }
                        });
        guest.start();
        for (int i = 0; i < 20_000; i++) {
            int before = irq.sent.size();
            disk.signalMsix(0);
            long deadline = System.nanoTime() + 5_000_000_000L;
            while (irq.sent.size() == before && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertEquals(before + 1, irq.sent.size(), "signal " + i);
        }
        stop.set(true);
        guest.join();
    }

    @Test
    void signallingAllocatesNothing() {
        control(ENABLE);
        mmio(table + 12, 4, 1);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 20_000; i++) {
            disk.signalMsix(0);
        }
        long id = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 10_000; i++) {
                disk.signalMsix(0);
            }
            least = Math.min(least, threads.getThreadAllocatedBytes(id) - before);
        }
        assertEquals(true, least < 1000, least + " bytes for 10 000 signals");
    }
}
