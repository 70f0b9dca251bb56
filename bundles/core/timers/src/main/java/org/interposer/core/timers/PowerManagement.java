package org.interposer.core.timers;

import org.interposer.api.acpi.AcpiTopology;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.frontend.PowerButton;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;

/**
 * ACPI PM1a event and control registers and the PM timer (ACPI 6.5 §4.8.3). The timer has 32 bits
 * (TMR_VAL_EXT) and runs at 3.579545 MHz. There is no legacy mode: SCI_EN is always set. The power
 * button is the fixed hardware's (§4.8.2.2.1.1).
 */
final class PowerManagement extends PlatformDevice implements IoHandler, PowerButton {
    static final Frequency TIMER = new Frequency(3_579_545);

    private static final int LENGTH = 12;
    private static final int CONTROL = 4;
    private static final int TIMER_VALUE = 8;

    private static final int TIMER_STATUS = 1;
    private static final int POWER_BUTTON_STATUS = 1 << 8;
    private static final int WAKE_STATUS = 1 << 15;
    private static final int STATUS_BITS = 0xC731;
    private static final int ENABLE_BITS = 0x4721;
    private static final int SCI_EN = 1;
    private static final int CONTROL_BITS = 0x1C02;
    private static final int SLEEP_ENABLE = 1 << 13;
    private static final int SLEEP_TYPE_SHIFT = 10;
    private static final int TIMER_TOP_BIT = 31;
    private static final String STATE_TYPE = "acpi.pm";

    private DeviceHost host;
    private MachineClock clock;
    private IrqLine sci;
    private DeviceTimer timer;

    private int status;
    private int enable;
    private int control;

    /** Changes of the timer's top bit that status has seen. */
    private long carries;

    PowerManagement() {
        super("acpi-pm", "ACPI power management and PM timer");
    }

    @Override
    void plug(DeviceHost machine) {
        host = machine;
        clock = machine.clock();
        sci = machine.interrupts().line(AcpiTopology.SCI_GSI);
        timer = timer(machine, this::expired);
        ports(machine, AcpiTopology.PM_BASE, LENGTH, this);
    }

    @Override
    void unplug() {
        sci.set(false);
    }

    @Override
    public long read(long offset, int size) {
        if (offset == TIMER_VALUE && size == 4) {
            return ticks() & 0xFFFF_FFFFL;
        }
        int first = (int) offset & ~3;
        long low = dword(first);
        long high = size > 4 ? dword(first + 4) : 0;
        return (low | high << 32) >>> (8 * (offset & 3));
    }

    private synchronized long dword(int offset) {
        return switch (offset) {
            case 0 -> {
                seeTimer();
                yield status | (long) enable << 16;
            }
            case CONTROL -> control | SCI_EN;
            case TIMER_VALUE -> ticks() & 0xFFFF_FFFFL;
            default -> 0;
        };
    }

    @Override
    public synchronized void write(long offset, int size, long value) {
        seeTimer();
        for (int i = 0; i < size; i++) {
            int octet = (int) (value >>> (8 * i)) & 0xFF;
            writeByte((int) offset + i, octet);
        }
        update();
    }

    private void writeByte(int offset, int octet) {
        switch (offset) {
            case 0, 1 -> status &= ~(octet << (8 * offset));
            case 2, 3 -> enable = replace(enable, offset - 2, octet) & ENABLE_BITS;
            case CONTROL -> control = replace(control, 0, octet) & CONTROL_BITS;
            case CONTROL + 1 -> {
                control = replace(control, 1, octet) & CONTROL_BITS;
                if ((octet << 8 & SLEEP_ENABLE) != 0) {
                    sleep(control >> SLEEP_TYPE_SHIFT & 7);
                }
            }
            default -> {
                // The timer is read-only, the upper half of control reserved.
            }
        }
    }

    private static int replace(int word, int index, int octet) {
        int shift = 8 * index;
        return word & ~(0xFF << shift) | octet << shift;
    }

    /** S5 powers off; the other states are not offered by the DSDT and end at once. */
    private void sleep(int type) {
        if (type == AcpiTopology.SLEEP_TYPE_S5) {
            host.request(new MachineRequest.PowerOff("ACPI S5"));
        } else {
            status |= WAKE_STATUS;
        }
    }

    private long ticks() {
        return TIMER.ticks(clock.nanos());
    }

    private void seeTimer() {
        long now = ticks() >>> TIMER_TOP_BIT;
        if (now != carries) {
            carries = now;
            status |= TIMER_STATUS;
        }
    }

    private void update() {
        boolean timerEnabled = (enable & TIMER_STATUS) != 0;
        sci.set((status & enable & STATUS_BITS) != 0);
        if (timerEnabled && (status & TIMER_STATUS) == 0) {
            timer.arm(TIMER.nanos(carries + 1 << TIMER_TOP_BIT));
        } else {
            timer.cancel();
        }
    }

    @Override
    public synchronized void press() {
        status |= POWER_BUTTON_STATUS;
        update();
    }

    private synchronized void expired() {
        seeTimer();
        update();
    }

    @Override
    public synchronized void reset() {
        status = 0;
        enable = 0;
        control = 0;
        carries = ticks() >>> TIMER_TOP_BIT;
        update();
    }

    @Override
    public synchronized StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1)
                .put("status", status)
                .put("enable", enable)
                .put("control", control)
                .put("carries", carries)
                .build();
    }

    @Override
    public synchronized void restore(StateRecord state) {
        state.expect(STATE_TYPE, 1);
        status = (int) state.number("status") & STATUS_BITS;
        enable = (int) state.number("enable") & ENABLE_BITS;
        control = (int) state.number("control") & CONTROL_BITS;
        carries = state.number("carries");
        update();
    }
}
