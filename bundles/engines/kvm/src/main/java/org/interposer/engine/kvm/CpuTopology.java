package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.List;
import org.interposer.api.engine.CpuidLeaf;

/** One package with a core a vCPU, in the leaves that tell a vCPU where it is. */
final class CpuTopology {
    private static final int HTT = 1 << 28;
    private static final int LEVEL_SMT = 1;
    private static final int LEVEL_CORE = 2;
    private static final int HYPERVISOR = 0x4000_0000;
    private static final int TIMING = 0x4000_0010;

    private CpuTopology() {}

    /** Replaces the leaves of topology and timing. */
    static List<CpuidLeaf> place(List<CpuidLeaf> leaves, int cpu, int cpus, long tscKhz) {
        List<CpuidLeaf> placed = new ArrayList<>();
        for (CpuidLeaf leaf : leaves) {
            switch (leaf.function()) {
                case 0x1 -> placed.add(features(leaf, cpu, cpus));
                case 0x4 -> placed.add(intelCache(leaf, cpus));
                case 0xb, 0x1f, 0x8000_001e, TIMING -> {}
                case 0x8000_0008 -> placed.add(sizes(leaf, cpus));
                case 0x8000_001d -> placed.add(amdCache(leaf, cpus));
                case HYPERVISOR ->
                        placed.add(tscKhz == 0 ? leaf : replace(leaf, TIMING, leaf.ebx()));
                default -> placed.add(leaf);
            }
        }
        addLevels(placed, cpu, cpus);
        if (placed.stream().anyMatch(leaf -> leaf.function() == HYPERVISOR) && tscKhz != 0) {
            placed.add(new CpuidLeaf(TIMING, -1, (int) tscKhz, 0, 0, 0));
        }
        return placed;
    }

    private static CpuidLeaf features(CpuidLeaf leaf, int cpu, int cpus) {
        int ids = 1 << bits(cpus);
        int ebx = leaf.ebx() & 0xffff | (Math.min(255, ids) & 0xff) << 16 | cpu << 24;
        int edx = cpus > 1 ? leaf.edx() | HTT : leaf.edx() & ~HTT;
        return new CpuidLeaf(leaf.function(), leaf.index(), leaf.eax(), ebx, leaf.ecx(), edx);
    }

    private static CpuidLeaf intelCache(CpuidLeaf leaf, int cpus) {
        int level = leaf.eax() >>> 5 & 7;
        int sharing = level >= 3 ? (1 << bits(cpus)) - 1 : 0;
        int cores = Math.min(63, (1 << bits(cpus)) - 1);
        return replace(leaf, leaf.eax() & 0x3fff | sharing << 14 | cores << 26, leaf.ebx());
    }

    private static CpuidLeaf amdCache(CpuidLeaf leaf, int cpus) {
        int level = leaf.eax() >>> 5 & 7;
        int sharing = level >= 3 ? cpus - 1 : 0;
        return replace(leaf, leaf.eax() & 0x3fff | sharing << 14, leaf.ebx());
    }

    private static CpuidLeaf sizes(CpuidLeaf leaf, int cpus) {
        int ecx = bits(cpus) << 12 | Math.min(255, cpus - 1);
        return new CpuidLeaf(
                leaf.function(), leaf.index(), leaf.eax(), leaf.ebx(), ecx, leaf.edx());
    }

    private static void addLevels(List<CpuidLeaf> leaves, int cpu, int cpus) {
        leaves.add(new CpuidLeaf(0xb, 0, 0, 1, LEVEL_SMT << 8, cpu));
        leaves.add(new CpuidLeaf(0xb, 1, bits(cpus), cpus, LEVEL_CORE << 8 | 1, cpu));
        leaves.add(new CpuidLeaf(0xb, 2, 0, 0, 2, cpu));
        leaves.add(new CpuidLeaf(0x8000_001e, -1, cpu, cpu & 0xff, 0, 0));
    }

    private static CpuidLeaf replace(CpuidLeaf leaf, int eax, int ebx) {
        return new CpuidLeaf(leaf.function(), leaf.index(), eax, ebx, leaf.ecx(), leaf.edx());
    }

    /** Bits that number so many vCPUs. */
    private static int bits(int cpus) {
        return 32 - Integer.numberOfLeadingZeros(cpus - 1);
    }
}
