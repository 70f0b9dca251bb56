package org.interposer.engine.kvm;

import static org.interposer.engine.kvm.VcpuLayout.MSRS_ENTRIES;
import static org.interposer.engine.kvm.VcpuLayout.MSRS_NMSRS;
import static org.interposer.engine.kvm.VcpuLayout.MSR_ENTRY_DATA;
import static org.interposer.engine.kvm.VcpuLayout.MSR_ENTRY_SIZE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.interposer.api.engine.EngineException;

/** Model-specific registers: which ones this KVM has, and their values in and out. */
final class MsrCodec {
    static final int IA32_TSC = 0x10;
    static final int IA32_APIC_BASE = 0x1b;
    static final int IA32_TSC_DEADLINE = 0x6e0;
    private static final int EFER = 0xC000_0080;
    private static final int KVM_WALL_CLOCK_OLD = 0x11;
    private static final int KVM_SYSTEM_TIME_OLD = 0x12;
    private static final int KVM_WALL_CLOCK = 0x4b56_4d00;

    /** Bits 12–31 of the MSRs of Hyper-V. */
    private static final int HYPER_V = 0x40000;

    private static final int MOST = 2048;
    // struct kvm_msr_list
    private static final int LIST_NMSRS = 0;
    private static final int LIST_INDICES = 4;

    private final int[] indexes;

    /** Of the MSRs that this KVM can save. */
    MsrCodec(KvmSystem system) throws EngineException {
        Struct list = new Struct(LIST_INDICES + 4 * MOST);
        list.put32(LIST_NMSRS, MOST);
        system.fd().call("KVM_GET_MSR_INDEX_LIST", Kvm.KVM_GET_MSR_INDEX_LIST, list);
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < list.get32(LIST_NMSRS); i++) {
            all.add(list.get32(LIST_INDICES + 4 * i));
        }
        // These are elsewhere in the record, or need their place in the order.
        all.removeAll(List.of(IA32_TSC, IA32_APIC_BASE, IA32_TSC_DEADLINE, EFER));
        // Another hypervisor's paravirtual interface, which CPUID never offers; some are clocks.
        all.removeIf(index -> index >>> 12 == HYPER_V);
        if (all.contains(KVM_WALL_CLOCK)) {
            // Old names of the same registers; writing them would turn the clock back to old ways.
            all.removeAll(List.of(KVM_WALL_CLOCK_OLD, KVM_SYSTEM_TIME_OLD));
        }
        indexes = all.stream().mapToInt(Integer::intValue).toArray();
    }

    /** All that read on this vCPU. */
    SortedMap<Integer, Long> read(Fd vcpu) {
        SortedMap<Integer, Long> values = new TreeMap<>(Integer::compareUnsigned);
        int from = 0;
        while (from < indexes.length) {
            int[] rest = Arrays.copyOfRange(indexes, from, indexes.length);
            Struct msrs = request(rest);
            int got = Math.max(0, vcpu.tryCall(Kvm.KVM_GET_MSRS, msrs));
            for (int i = 0; i < got; i++) {
                values.put(rest[i], value(msrs, i));
            }
            from += got + 1; // The one behind the last read does not exist here.
        }
        return values;
    }

    /**
     * Writes the values.
     *
     * @throws EngineException naming an MSR that cannot take its value
     */
    void write(Fd vcpu, Map<Integer, Long> values) throws EngineException {
        int[] wanted = values.keySet().stream().mapToInt(Integer::intValue).toArray();
        int from = 0;
        while (from < wanted.length) {
            int[] rest = Arrays.copyOfRange(wanted, from, wanted.length);
            Struct msrs = request(rest);
            for (int i = 0; i < rest.length; i++) {
                msrs.put64(MSRS_ENTRIES + i * MSR_ENTRY_SIZE + MSR_ENTRY_DATA, values.get(rest[i]));
            }
            int done = Math.max(0, vcpu.tryCall(Kvm.KVM_SET_MSRS, msrs));
            if (done < rest.length) {
                refused(vcpu, rest[done], values.get(rest[done]));
            }
            from += done + 1;
        }
    }

    /** A register that refuses a value is fine if it has it already, or if nothing was lost. */
    private void refused(Fd vcpu, int index, long value) throws EngineException {
        OptionalLong now = readOne(vcpu, index);
        if (value != 0 && (now.isEmpty() || now.getAsLong() != value)) {
            throw new EngineException(
                    ("this KVM cannot set MSR 0x%x to 0x%x, which the saved state needs: use the"
                                    + " CPU model 'v2', or a host like the one it was saved on")
                            .formatted(index, value));
        }
    }

    /** One register; empty where it does not exist. */
    OptionalLong readOne(Fd vcpu, int index) {
        Struct msrs = request(new int[] {index});
        return vcpu.tryCall(Kvm.KVM_GET_MSRS, msrs) == 1
                ? OptionalLong.of(value(msrs, 0))
                : OptionalLong.empty();
    }

    /** Writes one register; whether it took the value. */
    boolean writeOne(Fd vcpu, int index, long value) {
        Struct msrs = request(new int[] {index});
        msrs.put64(MSRS_ENTRIES + MSR_ENTRY_DATA, value);
        return vcpu.tryCall(Kvm.KVM_SET_MSRS, msrs) == 1;
    }

    private static Struct request(int[] indexes) {
        Struct msrs = new Struct(MSRS_ENTRIES + MSR_ENTRY_SIZE * indexes.length);
        msrs.put32(MSRS_NMSRS, indexes.length);
        for (int i = 0; i < indexes.length; i++) {
            msrs.put32(MSRS_ENTRIES + i * MSR_ENTRY_SIZE, indexes[i]);
        }
        return msrs;
    }

    private static long value(Struct msrs, int index) {
        return msrs.get64(MSRS_ENTRIES + index * MSR_ENTRY_SIZE + MSR_ENTRY_DATA);
    }
}
