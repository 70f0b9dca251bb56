package org.interposer.frontend.i8042;

import java.util.function.Consumer;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateRecord;

/**
 * The registers of an 8042 as in a PC/AT, with nothing at its keyboard port and without an
 * auxiliary port: what is sent to a device times out at once (0xFE with the timeout bit), so that
 * drivers give up without waiting. Guarded by its monitor.
 *
 * <p>The A20 gate keeps its value but gates nothing: engines always pass address line 20.
 */
final class Controller {
    private static final String TYPE = "i8042";

    /* Status register. */
    private static final int OUTPUT_FULL = 1;
    private static final int SYSTEM = 1 << 2;
    private static final int LAST_WAS_COMMAND = 1 << 3;
    private static final int UNLOCKED = 1 << 4;
    private static final int FROM_AUX = 1 << 5;
    private static final int TIMEOUT = 1 << 6;

    /* Command byte. */
    private static final int KEYBOARD_IRQ = 1;
    private static final int KEYBOARD_OFF = 1 << 4;
    private static final int AUX_OFF = 1 << 5;
    private static final int TRANSLATE = 1 << 6;
    private static final int COMMAND_BYTE = KEYBOARD_IRQ | SYSTEM | AUX_OFF | TRANSLATE;

    /* Output port. */
    private static final int NOT_RESET = 1;
    private static final int A20 = 1 << 1;
    private static final int PORT_KEYBOARD_FULL = 1 << 4;
    private static final int PORT_FIXED = 0xCC;

    private static final int RESEND = 0xFE;
    private static final int SELF_TEST_PASSED = 0x55;
    private static final int CLOCK_STUCK_HIGH = 2;
    private static final int INPUT_PORT = 0xBF;
    private static final int NO_COMMAND = 0;

    private final IrqLine line;
    private final Consumer<String> reset;

    private int status;
    private int commandByte;
    private int output;
    private int pending;
    private boolean a20;

    /** Command port and status at 0x64. */
    final IoHandler commandPort =
            new IoHandler() {
                @Override
                public long read(long offset, int size) {
                    return status();
                }

                @Override
                public void write(long offset, int size, long value) {
                    command((int) value & 0xFF);
                }
            };

    /** Data port at 0x60. */
    final IoHandler dataPort =
            new IoHandler() {
                @Override
                public long read(long offset, int size) {
                    return take();
                }

                @Override
                public void write(long offset, int size, long value) {
                    data((int) value & 0xFF);
                }
            };

    /** Fast A20 and reset at 0x92 (PIIX3 datasheet, PORT 92). */
    final IoHandler fastPort =
            new IoHandler() {
                @Override
                public long read(long offset, int size) {
                    return fast();
                }

                @Override
                public void write(long offset, int size, long value) {
                    fast((int) value);
                }
            };

    /**
     * Its state after power-on.
     *
     * @param line IRQ 1
     * @param reset called with the cause when the guest pulls the reset line
     */
    Controller(IrqLine line, Consumer<String> reset) {
        this.line = line;
        this.reset = reset;
        powerOn();
    }

    synchronized void powerOn() {
        status = SYSTEM | UNLOCKED;
        commandByte = COMMAND_BYTE;
        output = 0;
        pending = NO_COMMAND;
        a20 = true;
        drive();
    }

    private synchronized int status() {
        return status;
    }

    private synchronized int take() {
        status &= ~(OUTPUT_FULL | FROM_AUX | TIMEOUT);
        drive();
        return output;
    }

    private synchronized void put(int value, int flags) {
        output = value;
        status = status & ~(FROM_AUX | TIMEOUT) | OUTPUT_FULL | flags;
        drive();
    }

    private void drive() {
        boolean keyboardData = (status & (OUTPUT_FULL | FROM_AUX)) == OUTPUT_FULL;
        line.set(keyboardData && (commandByte & KEYBOARD_IRQ) != 0);
    }

    private void command(int code) {
        boolean pulse;
        synchronized (this) {
            status |= LAST_WAS_COMMAND;
            pending = NO_COMMAND;
            pulse = code >= 0xF0 && (code & NOT_RESET) == 0;
            execute(code);
        }
        if (pulse) {
            reset.accept("i8042 command 0x" + Integer.toHexString(code));
        }
    }

    private void execute(int code) {
        switch (code) {
            case 0x20 -> put(commandByte, 0);
            case 0x60, 0xD1, 0xD2, 0xD3, 0xD4 -> pending = code;
            case 0xA7 -> commandByte |= AUX_OFF;
            case 0xA8 -> commandByte &= ~AUX_OFF;
            case 0xA9 -> put(CLOCK_STUCK_HIGH, 0);
            case 0xAA -> {
                status |= SYSTEM;
                put(SELF_TEST_PASSED, 0);
            }
            case 0xAB -> put(0, 0);
            case 0xAD -> commandByte |= KEYBOARD_OFF;
            case 0xAE -> commandByte &= ~KEYBOARD_OFF;
            case 0xC0 -> put(INPUT_PORT, 0);
            case 0xD0 -> put(outputPort(), 0);
            default -> {
                // Unknown commands do nothing, as on a real controller.
            }
        }
    }

    private int outputPort() {
        int full = (status & OUTPUT_FULL) != 0 ? PORT_KEYBOARD_FULL : 0;
        return PORT_FIXED | NOT_RESET | (a20 ? A20 : 0) | full;
    }

    private void data(int value) {
        boolean pulled;
        synchronized (this) {
            status &= ~LAST_WAS_COMMAND;
            int code = pending;
            pending = NO_COMMAND;
            pulled = code == 0xD1 && (value & NOT_RESET) == 0;
            argument(code, value);
        }
        if (pulled) {
            reset.accept("i8042 output port");
        }
    }

    private void argument(int code, int value) {
        switch (code) {
            case 0x60 -> {
                commandByte = value;
                status = status & ~SYSTEM | value & SYSTEM;
                drive();
            }
            case 0xD1 -> a20 = (value & A20) != 0;
            case 0xD2, 0xD3 -> put(value, 0);
            case 0xD4 -> put(RESEND, FROM_AUX | TIMEOUT);
            default -> put(RESEND, TIMEOUT);
        }
    }

    private synchronized int fast() {
        return a20 ? A20 : 0;
    }

    private void fast(int value) {
        synchronized (this) {
            a20 = (value & A20) != 0;
        }
        if ((value & NOT_RESET) != 0) {
            reset.accept("port 0x92");
        }
    }

    synchronized StateRecord save() {
        return StateRecord.of(TYPE, 1)
                .put("status", status)
                .put("commandByte", commandByte)
                .put("output", output)
                .put("pending", pending)
                .put("a20", a20)
                .build();
    }

    synchronized void restore(StateRecord state) {
        state.expect(TYPE, 1);
        status = (int) state.number("status") & 0xFF;
        commandByte = (int) state.number("commandByte") & 0xFF;
        output = (int) state.number("output") & 0xFF;
        pending = (int) state.number("pending") & 0xFF;
        a20 = state.flag("a20");
        drive();
    }
}
