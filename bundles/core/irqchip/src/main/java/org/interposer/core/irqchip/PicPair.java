package org.interposer.core.irqchip;

import java.util.List;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;

/**
 * Two 8259A as in a PC: the second one's INT is input 2 of the first. ELCR at 0x4D0 and 0x4D1
 * chooses level or edge an input. Thread-safe; {@link #interruptPending} takes no lock.
 */
final class PicPair {
    /** Ports of each handler: command and data of a chip, or both ELCR. */
    static final int PORTS_EACH = 2;

    /** Told under the monitor whenever INTR changes. */
    interface Output {
        void interrupt(boolean asserted);
    }

    private static final int CASCADE = 2;
    private static final String STATE_TYPE = "irq.pic";

    private final Pic master = new Pic(1 << CASCADE, 0xF8);
    private final Pic slave = new Pic(0, 0xDE);
    private final Output output;
    private volatile boolean intr;

    PicPair(Output output) {
        this.output = output;
        reset();
    }

    /** Drives ISA interrupt 0–15; 2 is the cascade and no input. */
    synchronized void set(int irq, boolean level) {
        if (irq == CASCADE) {
            return;
        }
        if (irq < 8) {
            master.set(irq, level);
        } else {
            slave.set(irq - 8, level);
        }
        update();
    }

    private void update() {
        master.set(CASCADE, slave.pending() != Pic.NONE);
        boolean now = master.pending() != Pic.NONE;
        if (now != intr) {
            intr = now;
            output.interrupt(now);
        }
    }

    boolean interruptPending() {
        return intr;
    }

    /** INTA: a vector in any case, the spurious one when nothing is pending. */
    synchronized int acknowledge() {
        int input = master.pending();
        if (input == Pic.NONE) {
            return master.vector(Pic.SPURIOUS);
        }
        master.acknowledge(input);
        int vector = input == CASCADE ? acknowledgeSlave() : master.vector(input);
        update();
        return vector;
    }

    /** INTA if INTR is asserted, {@link Pic#NONE} otherwise: another vCPU was faster. */
    synchronized int acknowledgePending() {
        return intr ? acknowledge() : Pic.NONE;
    }

    private int acknowledgeSlave() {
        int input = slave.pending();
        if (input == Pic.NONE) {
            return slave.vector(Pic.SPURIOUS);
        }
        slave.acknowledge(input);
        return slave.vector(input);
    }

    /** Registers of the first (0) or the second (1) chip. */
    IoHandler registers(int chip) {
        Pic pic = chip == 0 ? master : slave;
        return new ByteHandler() {
            @Override
            int readByte(int register) {
                return readChip(pic, register);
            }

            @Override
            void writeByte(int register, int value) {
                writeChip(pic, register, value);
            }
        };
    }

    private synchronized int readChip(Pic pic, int register) {
        int value = pic.read(register & 1);
        update();
        return value;
    }

    private synchronized void writeChip(Pic pic, int register, int value) {
        pic.write(register & 1, value);
        update();
    }

    /** The two ELCR. */
    IoHandler triggerRegisters() {
        return new ByteHandler() {
            @Override
            int readByte(int register) {
                return elcr(register);
            }

            @Override
            void writeByte(int register, int value) {
                elcr(register, value);
            }
        };
    }

    private synchronized int elcr(int register) {
        return (register == 0 ? master : slave).elcr();
    }

    private synchronized void elcr(int register, int value) {
        (register == 0 ? master : slave).elcr(value);
        update();
    }

    synchronized void reset() {
        master.reset();
        slave.reset();
        update();
    }

    synchronized StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1)
                .put("chips", List.of(master.save(), slave.save()))
                .build();
    }

    synchronized void restore(StateRecord state) {
        List<StateRecord> chips = state.expect(STATE_TYPE, 1).records("chips");
        if (chips.size() != 2) {
            throw new StateException(
                    "state of 'irq.pic' has " + chips.size() + " chips instead of 2");
        }
        master.restore(chips.get(0));
        slave.restore(chips.get(1));
        update();
    }
}
