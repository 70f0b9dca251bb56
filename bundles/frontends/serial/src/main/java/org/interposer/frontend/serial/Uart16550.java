package org.interposer.frontend.serial;

import org.interposer.api.bus.IoHandler;
import org.interposer.api.character.CharacterInput;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.DeviceTimer;
import org.interposer.api.time.MachineClock;

/**
 * The registers of a 16550A (PC16550D data sheet, section 8). All state is guarded by this object:
 * vCPUs and the console's input thread meet here; no call out of it blocks.
 */
final class Uart16550 implements IoHandler, CharacterInput {
    /** Where transmitted bytes go. Must not block and must not call back. */
    @FunctionalInterface
    interface Output {
        void write(byte[] data, int offset, int length);
    }

    static final String STATE_TYPE = "serial.16550";
    private static final int STATE_VERSION = 1;

    private static final int IER_RDA = 1, IER_THRE = 2, IER_LINE = 4, IER_MODEM = 8;
    private static final int IIR_NONE = 1, IIR_MODEM = 0, IIR_THRE = 2, IIR_RDA = 4;
    private static final int IIR_LINE = 6, IIR_TIMEOUT = 0xc, IIR_FIFO = 0xc0;
    private static final int FCR_ENABLE = 1, FCR_CLEAR_RX = 2;
    private static final int LCR_DLAB = 0x80, LCR_BREAK = 0x40;
    private static final int MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 16;
    private static final int LSR_READY = 1, LSR_OVERRUN = 2, LSR_BREAK = 16, LSR_EMPTY = 0x60;
    private static final int LSR_ERRORS = 0x1e;
    private static final int MSR_CTS = 16, MSR_DSR = 32, MSR_RI = 64, MSR_DCD = 128;
    private static final int[] TRIGGER = {1, 4, 8, 14};
    private static final long NANOS_PER_BIT_AT_DIVISOR_1 = 1_000_000_000L / 115_200;

    private final MachineClock clock;
    private final IrqLine line;
    private final Output output;
    private final DeviceTimer timeout;
    private final ReceiveFifo received = new ReceiveFifo();
    private final byte[] single = new byte[1];

    private int ier;
    private int lcr;
    private int mcr;
    private int fcr;
    private int scratch;
    private int divisor;
    private int errors;
    private int modemDeltas;
    private boolean transmitterInterrupt;
    private boolean timeoutInterrupt;
    private boolean quiet;
    private boolean asserted;

    Uart16550(MachineClock clock, IrqLine line, Output output) {
        this.clock = clock;
        this.line = line;
        this.output = output;
        this.timeout = clock.newTimer("serial receive timeout", this::timeoutExpired);
        reset();
    }

    synchronized void reset() {
        ier = 0;
        lcr = 0;
        mcr = 0;
        fcr = 0;
        scratch = 0;
        divisor = 12;
        errors = 0;
        modemDeltas = 0;
        transmitterInterrupt = false;
        timeoutInterrupt = false;
        received.clear();
        timeout.cancel();
        updateLine();
    }

    /** Takes no input while quiet: registers are at rest. */
    synchronized void quiet(boolean on) {
        quiet = on;
    }

    synchronized void close() {
        quiet = true;
        timeout.close();
        asserted = false;
        line.set(false);
    }

    @Override
    public long read(long offset, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            int register = (int) offset + i;
            value = value << 8 | (register < 8 ? readRegister(register) : 0xff);
        }
        return value;
    }

    @Override
    public void write(long offset, int size, long value) {
        for (int i = 0; i < size && offset + i < 8; i++) {
            writeRegister((int) offset + i, (int) (value >>> 8 * i) & 0xff);
        }
    }

    private synchronized int readRegister(int register) {
        boolean latch = (lcr & LCR_DLAB) != 0;
        return switch (register) {
            case 0 -> latch ? divisor & 0xff : readReceived();
            case 1 -> latch ? divisor >> 8 : ier;
            case 2 -> readIdentification();
            case 3 -> lcr;
            case 4 -> mcr;
            case 5 -> readLineStatus();
            case 6 -> readModemStatus();
            default -> scratch;
        };
    }

    private synchronized void writeRegister(int register, int value) {
        boolean latch = (lcr & LCR_DLAB) != 0;
        switch (register) {
            case 0 -> {
                if (latch) {
                    divisor = divisor & 0xff00 | value;
                } else {
                    transmit((byte) value);
                }
            }
            case 1 -> {
                if (latch) {
                    divisor = divisor & 0xff | value << 8;
                } else {
                    writeInterruptEnable(value & 0xf);
                }
            }
            case 2 -> writeFifoControl(value);
            case 3 -> writeLineControl(value);
            case 4 -> writeModemControl(value & 0x1f);
            case 5, 6 -> {}
            default -> scratch = value;
        }
        updateLine();
    }

    private int readReceived() {
        int value = received.take();
        timeoutInterrupt = false;
        armTimeout();
        updateLine();
        return value;
    }

    private int readIdentification() {
        int pending = pendingCause();
        if (pending == IIR_THRE) {
            transmitterInterrupt = false;
            updateLine();
        }
        return pending | (fifoOn() ? IIR_FIFO : 0);
    }

    private int readLineStatus() {
        int value = LSR_EMPTY | errors | (received.isEmpty() ? 0 : LSR_READY);
        errors = 0;
        updateLine();
        return value;
    }

    private int readModemStatus() {
        int value = modemLines() | modemDeltas;
        modemDeltas = 0;
        updateLine();
        return value;
    }

    private void transmit(byte value) {
        if ((mcr & MCR_LOOP) != 0) {
            receive(value);
        } else {
            single[0] = value;
            output.write(single, 0, 1);
        }
        transmitterInterrupt = true;
    }

    private void writeInterruptEnable(int value) {
        if ((value & ~ier & IER_THRE) != 0) {
            transmitterInterrupt = true;
        }
        ier = value;
    }

    private void writeFifoControl(int value) {
        boolean toggled = ((value ^ fcr) & FCR_ENABLE) != 0;
        if (toggled || (value & FCR_CLEAR_RX) != 0) {
            received.clear();
            timeoutInterrupt = false;
            timeout.cancel();
        }
        // The other bits can be programmed only together with the enable bit.
        fcr = (value & FCR_ENABLE) != 0 ? value & 0xc9 : 0;
    }

    private void writeLineControl(int value) {
        boolean breakBegins = (value & ~lcr & LCR_BREAK) != 0;
        lcr = value;
        if (breakBegins && (mcr & MCR_LOOP) != 0) {
            errors |= LSR_BREAK;
            receive((byte) 0);
        }
    }

    private void writeModemControl(int value) {
        int before = modemLines();
        mcr = value;
        int after = modemLines();
        int changed = before ^ after;
        modemDeltas |= changed >> 4 & 0xb;
        if ((changed & before & MSR_RI) != 0) {
            modemDeltas |= MSR_RI >> 4;
        }
    }

    /** The upper half of the MSR: a modem that is there, or the MCR's outputs in loop mode. */
    private int modemLines() {
        if ((mcr & MCR_LOOP) == 0) {
            return MSR_CTS | MSR_DSR | MSR_DCD;
        }
        return ((mcr & MCR_RTS) != 0 ? MSR_CTS : 0)
                | ((mcr & MCR_DTR) != 0 ? MSR_DSR : 0)
                | ((mcr & MCR_OUT1) != 0 ? MSR_RI : 0)
                | ((mcr & MCR_OUT2) != 0 ? MSR_DCD : 0);
    }

    private void receive(byte value) {
        if (!received.add(value, fifoOn())) {
            errors |= LSR_OVERRUN;
            if (!fifoOn()) {
                received.replaceNewest(value);
            }
        }
        armTimeout();
    }

    @Override
    public synchronized int input(byte[] data, int offset, int length) {
        if (quiet || (mcr & MCR_LOOP) != 0) {
            return 0;
        }
        int taken = 0;
        while (taken < length && received.add(data[offset + taken], fifoOn())) {
            taken++;
        }
        if (taken > 0) {
            armTimeout();
            updateLine();
        }
        return taken;
    }

    private boolean fifoOn() {
        return (fcr & FCR_ENABLE) != 0;
    }

    private boolean triggerReached() {
        return received.count() >= (fifoOn() ? TRIGGER[fcr >> 6] : 1);
    }

    /** Four character times after the last byte came or went (PC16550D section 8.11). */
    private void armTimeout() {
        if (!fifoOn() || received.isEmpty()) {
            timeout.cancel();
            return;
        }
        long character = 10L * NANOS_PER_BIT_AT_DIVISOR_1 * Math.max(1, divisor);
        timeout.arm(clock.nanos() + 4 * character);
    }

    private synchronized void timeoutExpired() {
        if (!received.isEmpty() && fifoOn()) {
            timeoutInterrupt = true;
            updateLine();
        }
    }

    /** The pending cause of the highest priority. */
    private int pendingCause() {
        if ((ier & IER_LINE) != 0 && (errors & LSR_ERRORS) != 0) {
            return IIR_LINE;
        }
        if ((ier & IER_RDA) != 0 && triggerReached()) {
            return IIR_RDA;
        }
        if ((ier & IER_RDA) != 0 && timeoutInterrupt) {
            return IIR_TIMEOUT;
        }
        if ((ier & IER_THRE) != 0 && transmitterInterrupt) {
            return IIR_THRE;
        }
        if ((ier & IER_MODEM) != 0 && modemDeltas != 0) {
            return IIR_MODEM;
        }
        return IIR_NONE;
    }

    /** On a PC the interrupt reaches the bus only through OUT2, which is idle in loop mode. */
    private void updateLine() {
        boolean gate = (mcr & (MCR_OUT2 | MCR_LOOP)) == MCR_OUT2;
        boolean wanted = gate && pendingCause() != IIR_NONE;
        if (wanted != asserted) {
            asserted = wanted;
            line.set(wanted);
        }
    }

    synchronized StateRecord save() {
        return StateRecord.of(STATE_TYPE, STATE_VERSION)
                .put("ier", ier)
                .put("lcr", lcr)
                .put("mcr", mcr)
                .put("fcr", fcr)
                .put("scratch", scratch)
                .put("divisor", divisor)
                .put("errors", errors)
                .put("modemDeltas", modemDeltas)
                .put("transmitterInterrupt", transmitterInterrupt)
                .put("timeoutInterrupt", timeoutInterrupt)
                .put("received", received.content())
                .build();
    }

    synchronized void restore(StateRecord state) {
        state.expect(STATE_TYPE, STATE_VERSION);
        byte[] waiting = state.bytes("received");
        if (waiting.length > 16) {
            throw new StateException(
                    "state of 'serial.16550' has "
                            + waiting.length
                            + " received bytes, at most 16");
        }
        ier = (int) state.number("ier") & 0xf;
        lcr = (int) state.number("lcr") & 0xff;
        mcr = (int) state.number("mcr") & 0x1f;
        fcr = (int) state.number("fcr") & 0xc9;
        scratch = (int) state.number("scratch") & 0xff;
        divisor = (int) state.number("divisor") & 0xffff;
        errors = (int) state.number("errors") & LSR_ERRORS;
        modemDeltas = (int) state.number("modemDeltas") & 0xf;
        transmitterInterrupt = state.flag("transmitterInterrupt");
        timeoutInterrupt = state.flag("timeoutInterrupt");
        received.clear();
        for (byte value : waiting) {
            received.add(value, true);
        }
        armTimeout();
        updateLine();
    }
}
