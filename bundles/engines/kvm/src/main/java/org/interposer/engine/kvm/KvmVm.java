package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.interposer.api.bus.DoorbellAccelerator;
import org.interposer.api.bus.IoEvent;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipHost;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.irq.LocalApic;

/** KVM's part of one machine. */
final class KvmVm implements EngineVm {
    private final EngineSpec spec;
    private final KvmSystem system;
    private final Fd vm;
    private final KvmSlots slots;
    private final KvmRouting routing;
    private final MsrCodec msrs;
    private final List<KvmVcpu> vcpus = new ArrayList<>();
    private final List<TscClock> tscClocks = new ArrayList<>();
    private final KvmDoorbells doorbells;
    private final KvmClock clock;
    private final IrqchipHost host;
    private final Optional<KvmIrqchip> kernelIrqchip;
    private volatile Optional<Irqchip> userIrqchip = Optional.empty();
    private boolean closed;

    /** Makes the VM, its memory slots, its controllers and its vCPUs. */
    KvmVm(KvmSystem system, EngineSpec spec) throws EngineException {
        this.spec = spec;
        this.system = system;
        msrs = new MsrCodec(system);
        vm = system.createVm();
        RunCall.acquire();
        slots = new KvmSlots(vm, spec.machine(), system.value(Capability.NR_MEMSLOTS));
        routing = new KvmRouting(vm, system.value(Capability.IRQ_ROUTING));
        doorbells = new KvmDoorbells(vm, system);
        clock = new KvmClock(vm, vcpus, system);
        try {
            VmSetup.prepare(vm, system, spec.irqchip());
            spec.memory().addListener(slots);
            spec.memory().dirtyLog().addSource(slots);
            boolean kernel = spec.irqchip() == IrqchipMode.KERNEL;
            boolean irqfd = system.has(Capability.IRQFD);
            kernelIrqchip =
                    kernel ? Optional.of(new KvmIrqchip(vm, routing, irqfd)) : Optional.empty();
            long tscKhz = makeVcpus();
            host =
                    new KvmIrqchipHost(
                            vm, vcpus, tscClocks, tscKhz, routing, () -> userIrqchip.orElseThrow());
        } catch (EngineException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private long makeVcpus() throws EngineException {
        KvmCpuid cpuid = new KvmCpuid(system, spec.cpuModel(), spec.irqchip());
        boolean kernelApic = spec.irqchip() != IrqchipMode.USER;
        VcpuCodec codec = new VcpuCodec(system, msrs, kernelApic);
        long tscKhz = 0;
        for (int i = 0; i < spec.cpus(); i++) {
            int number = vm.call("KVM_CREATE_VCPU", Kvm.KVM_CREATE_VCPU, i);
            Fd fd = new Fd(number, "vCPU " + i);
            try {
                tscKhz = tscKhz(fd);
                cpuid.install(fd, i, spec.cpus(), tscKhz);
                RunPage page = new RunPage(fd, system.runPageSize());
                FailureReport failures = new FailureReport(spec.machine(), i, fd, spec.memory());
                KvmVcpu vcpu = new KvmVcpu(i, fd, page, spec.bus(), failures, codec);
                if (spec.irqchip() != IrqchipMode.KERNEL) {
                    vcpu.feed(new NotAttachedFeed());
                }
                vcpus.add(vcpu);
                tscClocks.add(new TscClock(vcpu, msrs, tscKhz));
            } catch (EngineException | RuntimeException e) {
                fd.close();
                throw e;
            }
        }
        return tscKhz;
    }

    /** Of a new vCPU, brought to what the guest knows already. */
    private long tscKhz(Fd vcpu) throws EngineException {
        long own = Math.max(0, vcpu.tryCall(Kvm.KVM_GET_TSC_KHZ, 0));
        long wanted = spec.tscKhz().orElse(own);
        if (wanted != own && vcpu.tryCall(Kvm.KVM_SET_TSC_KHZ, wanted) < 0) {
            throw new EngineException(
                    ("this KVM cannot give the guest a TSC of %d kHz, which it has now; the host's"
                                    + " runs at %d kHz. A machine that is started on kvm has that")
                            .formatted(wanted, own));
        }
        return wanted;
    }

    @Override
    public List<Vcpu> vcpus() {
        return List.copyOf(vcpus);
    }

    @Override
    public InterruptController kernelIrqchip() {
        return kernelIrqchip.orElseThrow(
                () ->
                        new IllegalStateException(
                                "machine '%s' has its interrupt controllers in mode %s"
                                        .formatted(spec.machine(), spec.irqchip())));
    }

    @Override
    public IrqchipHost irqchipHost() {
        return host;
    }

    @Override
    public void attach(Irqchip irqchip) {
        if (irqchip.mode() != spec.irqchip()) {
            throw new IllegalArgumentException(
                    "machine '%s' has mode %s, the controllers have %s"
                            .formatted(spec.machine(), spec.irqchip(), irqchip.mode()));
        }
        userIrqchip = Optional.of(irqchip);
        for (KvmVcpu vcpu : vcpus) {
            vcpu.feed(
                    spec.irqchip() == IrqchipMode.SPLIT
                            ? new SplitFeed(vcpu, irqchip)
                            : userFeed(vcpu, irqchip.localApic(vcpu.index())));
        }
    }

    private static InterruptFeed userFeed(KvmVcpu vcpu, LocalApic apic) {
        try {
            UserFeed feed = new UserFeed(vcpu, apic, new InitState(vcpu.fd()));
            feed.showApicBase();
            return feed;
        } catch (EngineException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public IoEvent newEvent() {
        try {
            return new EventFd();
        } catch (EngineException e) {
            throw new IllegalStateException(
                    "machine '" + spec.machine() + "': " + e.getMessage(), e);
        }
    }

    @Override
    public DoorbellAccelerator doorbells() {
        return doorbells;
    }

    @Override
    public Map<String, Long> exits() {
        Map<String, Long> sums = new TreeMap<>();
        vcpus.forEach(vcpu -> vcpu.exits().forEach((k, v) -> sums.merge(k, v, Long::sum)));
        return sums;
    }

    @Override
    public void pauseClock() {
        clock.pause();
    }

    @Override
    public void resumeClock() {
        clock.resume();
        tscClocks.forEach(TscClock::refresh);
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        vcpus.forEach(KvmVcpu::close);
        closed = true;
        spec.memory().dirtyLog().removeSource(slots);
        spec.memory().removeListener(slots);
        vm.close();
        RunCall.release();
    }
}
