package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.HexFormat;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Segments;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.engine.TestStates;
import org.interposer.api.engine.Vcpu;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.time.RunningClock;
import org.interposer.core.iobus.ComponentBusFactory;
import org.interposer.core.memory.MappedGuestMemoryFactory;

/** A machine for one test: guest code is given in hexadecimal and starts in real mode. */
final class TestMachine implements AutoCloseable {
    static final KvmEngine ENGINE = new KvmEngine();
    static final long MIB = 1L << 20;

    final GuestMemory memory;
    final IoBus bus = new ComponentBusFactory().create();
    final EngineVm vm;

    TestMachine(IrqchipMode mode, int cpus, long bytes, CpuModel model) throws Exception {
        memory = new MappedGuestMemoryFactory().create("test", bytes);
        vm =
                ENGINE.create(
                        new EngineSpec("test", memory, bus, new RunningClock(), cpus, mode, model));
    }

    static TestMachine of(IrqchipMode mode) throws Exception {
        return new TestMachine(mode, 1, 16 * MIB, CpuModel.HOST);
    }

    static TestMachine of(IrqchipMode mode, int cpus) throws Exception {
        return new TestMachine(mode, cpus, 16 * MIB, CpuModel.HOST);
    }

    /** Skips the test, and says why, on a host without KVM. */
    static void needKvm() {
        EngineReport report = ENGINE.report();
        if (!report.usable()) {
            System.out.println("skipped: " + report.summary());
        }
        assumeTrue(report.usable(), report.summary());
    }

    Vcpu cpu(int index) {
        return vm.vcpus().get(index);
    }

    /** Puts code somewhere below 64 KiB. */
    TestMachine code(int address, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.replaceAll("\\s|#[^\n]*\n", ""));
        assertTrue(memory.write(address, bytes, 0, bytes.length));
        return this;
    }

    /** Lets a vCPU begin at an address below 64 KiB in real mode with the stack at 0x7000. */
    TestMachine start(int cpu, int address) throws EngineException {
        CpuState now = cpu(cpu).state();
        Segments segments = TestStates.realMode(now.segments(), now.segments().gdt());
        long[] gpr = new long[16];
        gpr[CpuState.RSP] = 0x7000;
        cpu(cpu).restore(TestStates.at(now, gpr, address, 2, segments, now.control()));
        return this;
    }

    void port(int port, IoHandler handler) {
        bus.map(AddressSpace.PORT, port, 1, IoBus.PRIORITY_PLATFORM, "test", handler);
    }

    /** A port whose write ends run() of the vCPU with a kick. */
    void kickPort(int port, Vcpu vcpu) {
        port(port, Handlers.onWrite(value -> vcpu.kick()));
    }

    VcpuExit run() {
        return cpu(0).run();
    }

    @Override
    public void close() {
        vm.close();
        memory.close();
    }
}
