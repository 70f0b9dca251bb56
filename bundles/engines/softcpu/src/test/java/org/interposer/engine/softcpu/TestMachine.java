package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.function.BooleanSupplier;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Segment;
import org.interposer.api.engine.CpuState.Segments;
import org.interposer.api.engine.CpuState.Table;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.TestStates;
import org.interposer.api.irq.Irqchip;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.time.MachineClock;
import org.interposer.api.time.RunningClock;
import org.interposer.core.iobus.ComponentBusFactory;
import org.interposer.core.irqchip.ComponentIrqchipFactory;
import org.interposer.core.memory.MappedGuestMemoryFactory;

/** A machine for one test; its vCPUs begin where the test says, in the mode that it says. */
final class TestMachine implements AutoCloseable {
    static final long MIB = 1L << 20;

    /** Segments of {@link #longMode} and {@link #protectedMode}. */
    static final int CODE = 0x08, DATA = 0x10;

    static final int GDT = 0x6000, IDT = 0x5000, STACK = 0x8000, ROOT = 0x1000;
    private static final int PRESENT_WRITABLE_USER = 7, LARGE = 0x80, GATE = 0x8e00;

    private static final int SPINS = 1000;

    final GuestMemory memory;
    final IoBus bus = new ComponentBusFactory().create();
    final SoftVm vm;
    final Irqchip irqchip;

    TestMachine(int cpus, long bytes) throws Exception {
        this(cpus, bytes, CpuModel.HOST);
    }

    TestMachine(int cpus, long bytes, CpuModel model) throws Exception {
        memory = new MappedGuestMemoryFactory().create("test", bytes);
        MachineClock clock = new RunningClock();
        EngineSpec spec = new EngineSpec("test", memory, bus, clock, cpus, IrqchipMode.USER, model);
        vm = (SoftVm) new SoftEngine().create(spec);
        irqchip =
                new ComponentIrqchipFactory()
                        .create(IrqchipMode.USER, cpus, bus, clock, vm.irqchipHost());
        vm.attach(irqchip);
    }

    SoftVcpu cpu(int index) {
        return (SoftVcpu) vm.vcpus().get(index);
    }

    /** A 32-bit immediate or address as code has it. */
    static String little(int value) {
        return String.format("%08x", Integer.reverseBytes(value));
    }

    /** Bytes of code. */
    static int length(String hex) {
        return hex.replace(" ", "").length() / 2;
    }

    /** Pushes what IRET to code of level 3 takes: its stack, the flags, and where it begins. */
    static String iretFrame(int stack, int flags, int begin) {
        return "6a23 68" + little(stack) + "68" + little(flags) + "6a1b 68" + little(begin);
    }

    /** Puts code into memory. */
    TestMachine code(long address, String hex) {
        bytes(address, HexFormat.of().parseHex(hex.replaceAll("\\s|#[^\n]*\n", "")));
        return this;
    }

    void bytes(long address, byte[] bytes) {
        assertTrue(memory.write(address, bytes, 0, bytes.length));
    }

    void put64(long address, long value) {
        bytes(address, buffer().putLong(value).array());
    }

    long get64(long address) {
        byte[] bytes = new byte[8];
        assertTrue(memory.read(address, bytes, 0, 8));
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    private static ByteBuffer buffer() {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A 64-bit interrupt gate to the kernel. */
    void gate(int vector, long target, int ist) {
        long low = target & 0xffff | CODE << 16 | (long) (GATE | ist) << 32;
        put64(IDT + vector * 16L, low | (target >>> 16 & 0xffff) << 48);
        put64(IDT + vector * 16L + 8, target >>> 32);
    }

    /** A 32-bit interrupt gate to the kernel that code of any level may use with INT n. */
    void gate32(int vector, long target) {
        put64(
                IDT + vector * 8L,
                target & 0xffff | CODE << 16 | 0xee00L << 32 | target >>> 16 << 48);
    }

    void put32(long address, long value) {
        bytes(
                address,
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) value).array());
    }

    long get32(long address) {
        return get64(address) & 0xffff_ffffL;
    }

    /** A device that does something before the instruction that wrote to its port ends. */
    void onWrite(int port, Runnable action) throws Exception {
        bus.map(
                AddressSpace.PORT,
                port,
                1,
                IoBus.PRIORITY_PLATFORM,
                "port " + port,
                new IoHandler() {
                    @Override
                    public long read(long offset, int size) {
                        return 0;
                    }

                    @Override
                    public void write(long offset, int size, long value) {
                        action.run();
                    }
                });
    }

    /** Waits without sleeping, so that what follows comes as soon as it can. */
    static void spinUntil(BooleanSupplier ready) {
        for (int n = 1; !ready.getAsBoolean(); n++) {
            if (n % SPINS == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    static void spin(int times) {
        for (int n = 0; n < times; n++) {
            Thread.onSpinWait();
        }
    }

    /** Real mode, stack at {@link #STACK}. */
    void realMode(int cpu, long rip) throws EngineException {
        Segments now = cpu(cpu).state().segments();
        Segments real = TestStates.realMode(now, new Table(GDT, 0x7f));
        start(cpu, rip, 2, real, new long[] {0x10, 0, 0, 0});
    }

    /** Flat 32-bit mode without paging. */
    void protectedMode(int cpu, long rip) throws EngineException {
        Segment code = new Segment(CODE, 0, -1, 0xc09b);
        Segment data = new Segment(DATA, 0, -1, 0xc093);
        put64(GDT + CODE, 0x00cf_9b00_0000_ffffL);
        put64(GDT + DATA, 0x00cf_9300_0000_ffffL);
        start(cpu, rip, 2, segments(cpu, code, data, 0x7ff), new long[] {0x11, 0, 0, 0});
    }

    /** 64-bit mode, the first GiB mapped where it is. */
    void longMode(int cpu, long rip, long flags) throws EngineException {
        put64(ROOT, ROOT + 0x1000 | PRESENT_WRITABLE_USER);
        put64(ROOT + 0x1000, ROOT + 0x2000 | PRESENT_WRITABLE_USER);
        for (long i = 0; i < 512; i++) {
            put64(ROOT + 0x2000 + 8 * i, i << 21 | PRESENT_WRITABLE_USER | LARGE);
        }
        Segment code = new Segment(CODE, 0, -1, 0xa09b);
        Segment data = new Segment(DATA, 0, -1, 0xc093);
        put64(GDT + CODE, 0x00af_9b00_0000_ffffL);
        put64(GDT + DATA, 0x00cf_9300_0000_ffffL);
        long[] control = {0x8005_0033L, ROOT, 0x620, 0xd01};
        start(cpu, rip, flags, segments(cpu, code, data, 0xfff), control);
    }

    private Segments segments(int cpu, Segment code, Segment data, int idtLimit)
            throws EngineException {
        Segments now = cpu(cpu).state().segments();
        return TestStates.flat(now, code, data, new Table(GDT, 0x7f), new Table(IDT, idtLimit));
    }

    private void start(int cpu, long rip, long flags, Segments segments, long[] control)
            throws EngineException {
        CpuState now = cpu(cpu).state();
        CpuState.Control old = now.control();
        long[] gpr = new long[16];
        gpr[CpuState.RSP] = STACK;
        CpuState.Control other =
                new CpuState.Control(
                        control[0],
                        0,
                        control[1],
                        control[2],
                        0,
                        control[3],
                        old.apicBase(),
                        old.xcr0());
        cpu(cpu).restore(TestStates.at(now, gpr, rip, flags, segments, other));
    }

    @Override
    public void close() {
        vm.close();
        irqchip.close();
        memory.close();
    }
}
