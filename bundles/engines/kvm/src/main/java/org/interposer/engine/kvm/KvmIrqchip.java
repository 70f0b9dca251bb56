package org.interposer.engine.kvm;

import org.interposer.api.engine.EngineException;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;

/** PIC, IOAPIC and local APICs in the kernel. The local APICs' state is the vCPUs'. */
final class KvmIrqchip implements InterruptController {
    private static final String TYPE = "kvm.irqchip";
    private static final int VERSION = 1;
    private static final String[] CHIPS = {"pic-master", "pic-slave", "ioapic"};
    // struct kvm_irqchip
    private static final int CHIP_ID = 0;
    private static final int CHIP_STATE = 8;
    private static final int CHIP_STATE_SIZE = 512;
    // struct kvm_irq_level
    private static final int LEVEL_IRQ = 0;
    private static final int LEVEL_LEVEL = 4;
    private static final int LEVEL_SIZE = 8;

    private final Fd vm;
    private final KvmRouting routing;
    private final boolean irqfd;
    private final Gsi[] gsis = new Gsi[KvmRouting.PINS];
    private final StateRecord powerOn;

    /** Of a VM whose controllers have been created. */
    KvmIrqchip(Fd vm, KvmRouting routing, boolean irqfd) throws EngineException {
        this.vm = vm;
        this.routing = routing;
        this.irqfd = irqfd;
        for (int i = 0; i < gsis.length; i++) {
            gsis[i] = new Gsi(i);
        }
        routing.usePins();
        powerOn = save();
    }

    /** One line: the OR of its inputs. */
    private final class Gsi {
        private final Struct level = new Struct(LEVEL_SIZE);
        private int asserted;

        Gsi(int number) {
            level.put32(LEVEL_IRQ, number);
        }

        synchronized void input(boolean rises) {
            asserted += rises ? 1 : -1;
            if (asserted == (rises ? 1 : 0)) {
                drive();
            }
        }

        synchronized void drive() {
            level.put32(LEVEL_LEVEL, asserted > 0 ? 1 : 0);
            vm.tryCall(Kvm.KVM_IRQ_LINE, level);
        }
    }

    /** One device's input. */
    private static final class Input implements IrqLine {
        private final Gsi gsi;
        private boolean asserted;

        Input(Gsi gsi) {
            this.gsi = gsi;
        }

        @Override
        public synchronized void set(boolean wanted) {
            if (asserted != wanted) {
                asserted = wanted;
                gsi.input(wanted);
            }
        }
    }

    @Override
    public IrqchipMode mode() {
        return IrqchipMode.KERNEL;
    }

    @Override
    public IrqLine line(int gsi) {
        if (gsi < 0 || gsi >= gsis.length) {
            throw new IllegalArgumentException(
                    "interrupt line " + gsi + ": lines are 0–" + (gsis.length - 1));
        }
        return new Input(gsis[gsi]);
    }

    @Override
    public MsiRoute newMsiRoute() {
        return new KvmMsiRoute(vm, routing, irqfd);
    }

    @Override
    public void deliver(MsiMessage message) {
        new Msi(message).send(vm);
    }

    @Override
    public StateRecord save() {
        StateRecord.Builder record = StateRecord.of(TYPE, VERSION);
        for (int id = 0; id < CHIPS.length; id++) {
            Struct chip = new Struct(CHIP_STATE + CHIP_STATE_SIZE);
            chip.put32(CHIP_ID, id);
            check("KVM_GET_IRQCHIP", vm.tryCall(Kvm.KVM_GET_IRQCHIP, chip), CHIPS[id]);
            record.put(CHIPS[id], chip.get(CHIP_STATE, CHIP_STATE_SIZE));
        }
        return record.build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect(TYPE, VERSION);
        for (int id = 0; id < CHIPS.length; id++) {
            byte[] bytes = state.bytes(CHIPS[id]);
            if (bytes.length != CHIP_STATE_SIZE) {
                throw new StateException(
                        "state of '%s': '%s' has %d bytes, wanted are %d"
                                .formatted(TYPE, CHIPS[id], bytes.length, CHIP_STATE_SIZE));
            }
            Struct chip = new Struct(CHIP_STATE + CHIP_STATE_SIZE);
            chip.put32(CHIP_ID, id).put(CHIP_STATE, bytes);
            check("KVM_SET_IRQCHIP", vm.tryCall(Kvm.KVM_SET_IRQCHIP, chip), CHIPS[id]);
        }
        for (Gsi gsi : gsis) {
            gsi.drive();
        }
    }

    private static void check(String call, int result, String chip) {
        if (result < 0) {
            throw new StateException(
                    call + " of the " + chip + " failed: " + Libc.describe(Libc.errno()));
        }
    }

    @Override
    public void reset() {
        restore(powerOn);
    }
}
