package org.interposer.engine.kvm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.interposer.api.engine.CpuFeatures;
import org.interposer.api.engine.CpuFeatures.Place;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuidLeaf;
import org.interposer.api.engine.EngineException;
import org.interposer.api.irq.IrqchipMode;

/** What CPUID answers: what KVM supports, cut to the model, with each vCPU's place in it. */
final class KvmCpuid {
    private static final int MOST = 512;
    // struct kvm_cpuid2
    private static final int NENT = 0;
    private static final int ENTRIES = 8;
    // struct kvm_cpuid_entry2
    private static final int FUNCTION = 0;
    private static final int INDEX = 4;
    private static final int FLAGS = 8;
    private static final int EAX = 12;
    private static final int EBX = 16;
    private static final int ECX = 20;
    private static final int EDX = 24;
    private static final int ENTRY_SIZE = 40;
    private static final int SIGNIFICANT_INDEX = 1;

    /** Paravirtual features that need a local APIC in the kernel. */
    private static final Set<String> NEED_KERNEL_APIC =
            Set.of(
                    "kvm_asyncpf",
                    "kvm_asyncpf_int",
                    "kvm_pv_eoi",
                    "kvm_pv_unhalt",
                    "kvm_pv_ipi",
                    "kvm_pv_tlb_flush",
                    "kvm_pv_sched_yield",
                    "kvm_poll_control");

    /** Features never shown: MONITOR would leave the machine's idle loop outside its control. */
    private static final Set<String> NEVER = Set.of("monitor", "mwaitx", "kvm_msi_ext_dest_id");

    private final List<CpuidLeaf> supported;
    private final CpuModel model;
    private final IrqchipMode mode;
    private final boolean userMsrs;

    /**
     * For the vCPUs of one machine.
     *
     * @throws EngineException naming a feature or base that does not exist
     */
    KvmCpuid(KvmSystem system, CpuModel model, IrqchipMode mode) throws EngineException {
        CpuFeatures.check(model);
        this.model = model;
        this.mode = mode;
        userMsrs =
                system.has(Capability.X86_USER_SPACE_MSR) && system.has(Capability.X86_MSR_FILTER);
        supported = read(system);
    }

    private static List<CpuidLeaf> read(KvmSystem system) throws EngineException {
        Struct table = new Struct(ENTRIES + MOST * ENTRY_SIZE);
        table.put32(NENT, MOST);
        system.fd().call("KVM_GET_SUPPORTED_CPUID", Kvm.KVM_GET_SUPPORTED_CPUID, table);
        List<CpuidLeaf> leaves = new ArrayList<>();
        for (int i = 0; i < table.get32(NENT); i++) {
            int at = ENTRIES + i * ENTRY_SIZE;
            boolean indexed = (table.get32(at + FLAGS) & SIGNIFICANT_INDEX) != 0;
            leaves.add(
                    new CpuidLeaf(
                            table.get32(at + FUNCTION),
                            indexed ? table.get32(at + INDEX) : -1,
                            table.get32(at + EAX),
                            table.get32(at + EBX),
                            table.get32(at + ECX),
                            table.get32(at + EDX)));
        }
        return leaves;
    }

    /**
     * The answers for one vCPU.
     *
     * @param tscKhz frequency of its TSC, 0 where it is not known
     */
    List<CpuidLeaf> leaves(int cpu, int cpus, long tscKhz) {
        List<CpuidLeaf> shown = new ArrayList<>();
        for (CpuidLeaf leaf : supported) {
            if (leaf.eax() != 0 || leaf.ebx() != 0 || leaf.ecx() != 0 || leaf.edx() != 0) {
                shown.add(filter(leaf));
            }
        }
        if (model.base().equals("v2")) {
            shown.removeIf(leaf -> leaf.function() >>> 16 == 0x4000 || leaf.function() == 0xd);
        }
        return CpuTopology.place(shown, cpu, cpus, tscKhz);
    }

    /** Hands the answers to a vCPU. */
    void install(Fd vcpu, int cpu, int cpus, long tscKhz) throws EngineException {
        List<CpuidLeaf> leaves = new ArrayList<>(leaves(cpu, cpus, tscKhz));
        leaves.sort(
                Comparator.comparing(CpuidLeaf::function, Integer::compareUnsigned)
                        .thenComparing(CpuidLeaf::index));
        Struct table = new Struct(ENTRIES + leaves.size() * ENTRY_SIZE);
        table.put32(NENT, leaves.size());
        int at = ENTRIES;
        for (CpuidLeaf leaf : leaves) {
            table.put32(at + FUNCTION, leaf.function());
            table.put32(at + INDEX, Math.max(0, leaf.index()));
            table.put32(at + FLAGS, leaf.index() >= 0 ? SIGNIFICANT_INDEX : 0);
            table.put32(at + EAX, leaf.eax()).put32(at + EBX, leaf.ebx());
            table.put32(at + ECX, leaf.ecx()).put32(at + EDX, leaf.edx());
            at += ENTRY_SIZE;
        }
        vcpu.call("KVM_SET_CPUID2", Kvm.KVM_SET_CPUID2, table);
    }

    private CpuidLeaf filter(CpuidLeaf leaf) {
        int[] mask = {-1, -1, -1, -1};
        int[] set = {0, 0, 0, 0};
        CpuFeatures.all()
                .forEach(
                        (name, place) -> {
                            if (!isAt(leaf, place)) {
                                return;
                            }
                            int bit = 1 << place.bit();
                            int register = place.register().ordinal();
                            if (!shows(name)) {
                                mask[register] &= ~bit;
                            } else if (emulated(name)) {
                                set[register] |= bit;
                            }
                        });
        return new CpuidLeaf(
                leaf.function(),
                leaf.index(),
                leaf.eax() & mask[0] | set[0],
                leaf.ebx() & mask[1] | set[1],
                leaf.ecx() & mask[2] | set[2],
                leaf.edx() & mask[3] | set[3]);
    }

    private static boolean isAt(CpuidLeaf leaf, Place place) {
        return leaf.function() == place.function() && Math.max(0, leaf.index()) == place.index();
    }

    private boolean shows(String name) {
        if (NEVER.contains(name) || model.remove().contains(name)) {
            return false;
        }
        if (mode == IrqchipMode.USER
                && (NEED_KERNEL_APIC.contains(name) || !userMsrs && byMsr(name))) {
            return false;
        }
        boolean inBase = model.base().equals("host") || CpuFeatures.V2.contains(name);
        return inBase || model.add().contains(name);
    }

    private static boolean byMsr(String name) {
        return name.equals("x2apic") || name.equals("tsc_deadline_timer");
    }

    /** Offered by the local APIC, whatever the processor can. */
    private static boolean emulated(String name) {
        return byMsr(name) || name.equals("apic") || name.equals("hypervisor");
    }
}
