package org.interposer.engine.softcpu.simd;

import java.lang.reflect.Proxy;
import java.util.List;
import org.interposer.api.memory.GuestMemory;
import org.interposer.api.memory.MemoryRegion;
import org.interposer.engine.softcpu.cpu.Control;
import org.interposer.engine.softcpu.cpu.Cpu;
import org.interposer.engine.softcpu.cpu.Env;
import org.interposer.engine.softcpu.cpu.GuestFault;
import org.interposer.engine.softcpu.cpu.Memory;
import org.interposer.engine.softcpu.cpu.Modes;
import org.interposer.engine.softcpu.cpu.Op;
import org.interposer.engine.softcpu.decode.Decoder;
import org.interposer.engine.softcpu.mem.CodeMap;
import org.interposer.engine.softcpu.mem.Host;
import org.interposer.engine.softcpu.mem.PhysicalMemory;

/**
 * A vCPU in 64-bit mode over 2 MiB of RAM that are mapped where they are, but for one page that is
 * missing and one that may only be read. It executes single instructions given as bytes.
 */
final class Fixture implements AutoCloseable {
    /** A page that can be written, before the one that is missing. */
    static final long DATA = 0x1_f000;

    /** Not present. */
    static final long MISSING = 0x2_0000;

    /** A page that can be written, before the one that cannot. */
    static final long BEFORE_READ_ONLY = 0x2_1000;

    static final long READ_ONLY = 0x2_2000;

    private static final int RAM = 2 << 20;
    private static final long ROOT = 0x1000;

    final Cpu c;
    private final long host = Host.allocate(RAM);
    private final Decoder decoder = new Decoder();

    Fixture() {
        PhysicalMemory physical = new PhysicalMemory(proxy(GuestMemory.class));
        MemoryRegion.HostMapping mapping = new MemoryRegion.HostMapping(0, RAM, host);
        physical.regionAdded(
                new MemoryRegion("ram", MemoryRegion.Kind.RAM, 0, RAM, List.of(mapping)));
        Memory memory = new Memory(physical, new CodeMap(RAM), proxy(Memory.Watch.class));
        c = new Cpu(proxy(Env.class), memory, (i, limited) -> SimdOps.make(i));
        map();
        c.efer = Control.EFER_LME | Control.EFER_LMA;
        c.cr0 = Control.CR0_PE | Control.CR0_PG | Control.CR0_WP | Control.CR0_NE | Control.CR0_MP;
        c.cr3 = ROOT;
        c.cr4 = Control.CR4_PAE | Control.CR4_OSFXSR | Control.CR4_OSXMMEXCPT;
        c.codeSize = 8;
        c.ipMask = -1L;
        c.stackMask = -1L;
        Modes.traps(c);
        c.mmu.flush();
        c.mmu.protectAll(false);
    }

    private void map() {
        Host.put64(host + ROOT, 0x2003);
        Host.put64(host + 0x2000, 0x3003);
        Host.put64(host + 0x3000, 0x4003);
        for (long page = 0; page < 512; page++) {
            long address = page << 12;
            long rights = address == MISSING ? 0 : address == READ_ONLY ? 1 : 3;
            Host.put64(host + 0x4000 + 8 * page, address | rights);
        }
    }

    /** A collaborator that no instruction here needs: it answers nothing, 0 or false. */
    private static <T> T proxy(Class<T> type) {
        Object made =
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, arguments) -> zero(method.getReturnType()));
        return type.cast(made);
    }

    private static Object zero(Class<?> type) {
        if (type == boolean.class) {
            return false;
        }
        return type == long.class ? (Object) 0L : type == int.class ? (Object) 0 : null;
    }

    /** The operation of an instruction. */
    Op op(int... bytes) {
        return SimdOps.make(decoder.decode(new Bytes(bytes), c.codeSize, 0x100));
    }

    /** Executes an instruction. */
    void run(int... bytes) {
        op(bytes).exec(c);
    }

    /** Executes an instruction that must fault; its vector. */
    int fault(int... bytes) {
        try {
            op(bytes).exec(c);
        } catch (GuestFault e) {
            return e.vector;
        }
        return -1;
    }

    void xmm(int register, long low, long high) {
        c.xmm[2 * register] = low;
        c.xmm[2 * register + 1] = high;
    }

    long low(int register) {
        return c.xmm[2 * register];
    }

    long high(int register) {
        return c.xmm[2 * register + 1];
    }

    long memory(long address) {
        return Host.get64(host + address);
    }

    void memory(long address, long value) {
        Host.put64(host + address, value);
    }

    @Override
    public void close() {
        c.mmu.close();
        Host.free(host);
    }

    private record Bytes(int[] bytes) implements Decoder.Source {
        @Override
        public int at(int index) {
            return index < bytes.length ? bytes[index] : 0;
        }

        @Override
        public RuntimeException tooLong() {
            return new IllegalArgumentException("more than 15 bytes");
        }
    }
}
