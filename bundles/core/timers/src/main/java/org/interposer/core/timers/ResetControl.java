package org.interposer.core.timers;

import org.interposer.api.acpi.AcpiTopology;
import org.interposer.api.bus.IoBus;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.state.StateRecord;

/**
 * Reset control register of a PIIX3 at port 0xCF9, which lies inside the PCI configuration address
 * and therefore wins over it. Bit 2 going from 0 to 1 resets the machine; bit 1 chooses between
 * soft and hard, which are the same here.
 */
final class ResetControl extends PlatformDevice implements ByteRegisters {
    private static final int RESET_CPU = 1 << 2;
    private static final int WRITABLE = 0x0E;
    private static final String STATE_TYPE = "reset-control";

    private DeviceHost host;
    private int register;

    ResetControl() {
        super("reset-control", "reset register at port 0xCF9");
    }

    @Override
    void plug(DeviceHost machine) {
        host = machine;
        ports(machine, AcpiTopology.RESET_PORT, 1, IoBus.PRIORITY_PLATFORM + 1, this);
    }

    @Override
    void unplug() {
        register = 0;
    }

    @Override
    public synchronized int readByte(int offset) {
        return register;
    }

    @Override
    public synchronized void writeByte(int offset, int value) {
        boolean resets = (value & ~register & RESET_CPU) != 0;
        register = value & WRITABLE;
        if (resets) {
            host.request(new MachineRequest.Reset("port 0xCF9"));
        }
    }

    @Override
    public synchronized void reset() {
        register = 0;
    }

    @Override
    public synchronized StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1).put("register", register).build();
    }

    @Override
    public synchronized void restore(StateRecord state) {
        register = (int) state.expect(STATE_TYPE, 1).number("register") & WRITABLE;
    }
}
