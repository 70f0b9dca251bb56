package org.interposer.core.irqchip;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.Mapping;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.LocalApic;
import org.interposer.api.irq.MsiMessage;
import org.interposer.api.irq.MsiRoute;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;
import org.interposer.api.time.MachineClock;

/** PIC, I/O APIC and, in user mode, the local APICs of one machine, wired as in a PC. */
final class UserIrqchip implements Irqchip {
    /** xAPIC ids end below the broadcast id 255. */
    static final int MAX_CPUS = 255;

    private static final int PIC_INPUTS = 16;

    /** IOAPIC pin of ISA IRQ 0, as the MADT's interrupt source override says. */
    private static final int TIMER_PIN = 2;

    private static final String STATE_TYPE = "irq.chip";
    private static final MsiMessage UNSET = new MsiMessage(0, 0);

    private final IrqchipMode mode;
    private final IrqchipHost host;
    private final Apic[] apics;
    private final ApicBus apicBus;
    private final PicPair pic = new PicPair(this::picOutput);
    private final IoApic ioApic = new IoApic(new IoApicOutput());
    private final GsiLine[] lines = new GsiLine[IoApic.PINS];
    private final List<Mapping> mappings = new ArrayList<>();

    UserIrqchip(IrqchipMode mode, int cpus, IoBus bus, MachineClock clock, IrqchipHost host) {
        this.mode = mode;
        this.host = host;
        apics = new Apic[mode == IrqchipMode.USER ? cpus : 0];
        apicBus = new ApicBus(host, apics);
        for (int cpu = 0; cpu < apics.length; cpu++) {
            apics[cpu] = new Apic(cpu, apicBus, pic, ioApic, clock, host);
        }
        wire();
        map(bus);
    }

    private void wire() {
        for (int gsi = 1; gsi < lines.length; gsi++) {
            int pin = gsi;
            boolean toPic = gsi < PIC_INPUTS;
            lines[gsi] =
                    new GsiLine(
                            level -> {
                                if (toPic) {
                                    pic.set(pin, level);
                                }
                                ioApic.set(pin, level);
                            });
        }
        IrqLine timerPin = lines[TIMER_PIN].newInput();
        lines[0] =
                new GsiLine(
                        level -> {
                            pic.set(0, level);
                            timerPin.set(level);
                        });
    }

    private void map(IoBus bus) {
        ports(bus, 0x20, "pic", pic.registers(0));
        ports(bus, 0xA0, "pic", pic.registers(1));
        ports(bus, 0x4D0, "pic", pic.triggerRegisters());
        mappings.add(
                bus.map(
                        AddressSpace.MMIO,
                        IoApic.BASE,
                        IoApic.LENGTH,
                        IoBus.PRIORITY_PLATFORM,
                        "ioapic",
                        ioApic));
    }

    private void ports(IoBus bus, int base, String owner, IoHandler handler) {
        mappings.add(
                bus.map(
                        AddressSpace.PORT,
                        base,
                        PicPair.PORTS_EACH,
                        IoBus.PRIORITY_PLATFORM,
                        owner,
                        handler));
    }

    private void picOutput(boolean asserted) {
        for (Apic apic : apics) {
            apic.external(asserted);
        }
        if (asserted && mode == IrqchipMode.SPLIT) {
            host.kick(0);
        }
    }

    private final class IoApicOutput implements IoApic.Output {
        @Override
        public boolean send(MsiMessage message) {
            return UserIrqchip.this.send(message);
        }

        @Override
        public void changed() {
            if (mode == IrqchipMode.SPLIT) {
                host.routesChanged();
            }
        }
    }

    private boolean send(MsiMessage message) {
        if (mode == IrqchipMode.SPLIT) {
            host.deliver(message);
            return true;
        }
        return apicBus.message(message.address(), message.data());
    }

    @Override
    public IrqchipMode mode() {
        return mode;
    }

    @Override
    public IrqLine line(int gsi) {
        if (gsi < 0 || gsi >= lines.length) {
            throw new IllegalArgumentException(
                    "global system interrupt " + gsi + ": there are 0–" + (lines.length - 1));
        }
        return lines[gsi].newInput();
    }

    @Override
    public MsiRoute newMsiRoute() {
        return new Route();
    }

    private final class Route implements MsiRoute {
        private volatile MsiMessage message = UNSET;

        @Override
        public void update(MsiMessage next) {
            message = next;
        }

        @Override
        public void signal() {
            MsiMessage now = message;
            if (now != UNSET) {
                send(now);
            }
        }

        @Override
        public OptionalInt descriptor() {
            return OptionalInt.empty();
        }

        @Override
        public void close() {
            message = UNSET;
        }
    }

    @Override
    public void deliver(MsiMessage message) {
        send(message);
    }

    @Override
    public LocalApic localApic(int cpu) {
        if (mode != IrqchipMode.USER) {
            throw new IllegalStateException("in split mode the engine has the local APICs");
        }
        return apics[cpu];
    }

    @Override
    public void endOfInterrupt(int vector) {
        ioApic.endOfInterrupt(vector);
    }

    @Override
    public boolean picInterruptPending() {
        return pic.interruptPending();
    }

    @Override
    public int picAcknowledge() {
        return pic.acknowledge();
    }

    @Override
    public List<MsiMessage> ioapicRoutes() {
        return ioApic.routes();
    }

    @Override
    public StateRecord save() {
        return StateRecord.of(STATE_TYPE, 1)
                .put("pic", pic.save())
                .put("ioapic", ioApic.save())
                .put("lapics", Arrays.stream(apics).map(Apic::save).toList())
                .build();
    }

    @Override
    public void restore(StateRecord state) {
        List<StateRecord> saved = state.expect(STATE_TYPE, 1).records("lapics");
        if (saved.size() != apics.length) {
            throw new StateException(
                    "state of 'irq.chip' has "
                            + saved.size()
                            + " local APICs, this machine "
                            + apics.length
                            + ": give it the same vCPUs and irqchip mode");
        }
        for (int cpu = 0; cpu < apics.length; cpu++) {
            apics[cpu].restore(saved.get(cpu));
        }
        ioApic.restore(state.nested("ioapic"));
        pic.restore(state.nested("pic"));
        for (Apic apic : apics) {
            apic.restoreExternal(pic.interruptPending());
        }
    }

    @Override
    public void reset() {
        for (Apic apic : apics) {
            apic.reset();
        }
        ioApic.reset();
        pic.reset();
    }

    @Override
    public void close() {
        mappings.forEach(Mapping::close);
        mappings.clear();
        for (Apic apic : apics) {
            apic.close();
        }
    }
}
