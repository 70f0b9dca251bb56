package org.interposer.api.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The bits of CPUID by the names that Linux gives them in /proc/cpuinfo, and the portable set: one
 * table for all engines, so that a machine can move between them.
 */
public final class CpuFeatures {
    /** A register of an answer. */
    public enum Register {
        EAX,
        EBX,
        ECX,
        EDX
    }

    /**
     * Where a feature is.
     *
     * @param function EAX in
     * @param index ECX in
     * @param register register of the answer
     * @param bit bit of it
     */
    public record Place(int function, int index, Register register, int bit) {}

    /** What Linux and x86-64-v2 programs need; every engine has it, softcpu but for vme. */
    public static final Set<String> V2 =
            Set.of(
                    "fpu",
                    "vme",
                    "de",
                    "pse",
                    "tsc",
                    "msr",
                    "pae",
                    "mce",
                    "cx8",
                    "apic",
                    "sep",
                    "mtrr",
                    "pge",
                    "mca",
                    "cmov",
                    "pat",
                    "pse36",
                    "clflush",
                    "mmx",
                    "fxsr",
                    "sse",
                    "sse2",
                    "ht",
                    "pni",
                    "ssse3",
                    "cx16",
                    "sse4_1",
                    "sse4_2",
                    "x2apic",
                    "popcnt",
                    "tsc_deadline_timer",
                    "hypervisor",
                    "arat",
                    "syscall",
                    "nx",
                    "rdtscp",
                    "lm",
                    "lahf_lm",
                    "nonstop_tsc");

    private static final Map<String, Place> PLACES = new LinkedHashMap<>();

    static {
        add(
                1,
                0,
                Register.EDX,
                "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn"
                        + " clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe");
        add(
                1,
                0,
                Register.ECX,
                "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr"
                        + " pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer"
                        + " aes xsave osxsave avx f16c rdrand hypervisor");
        add(6, 0, Register.EAX, "dtherm ida arat - pln - pts");
        add(
                7,
                0,
                Register.EBX,
                "fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - mpx rdt_a"
                        + " avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt"
                        + " avx512pf avx512er avx512cd sha_ni avx512bw avx512vl");
        add(
                7,
                0,
                Register.ECX,
                "- avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni vaes vpclmulqdq"
                        + " avx512_vnni avx512_bitalg tme avx512_vpopcntdq - la57 - - - - - rdpid -"
                        + " bus_lock_detect cldemote - movdiri movdir64b enqcmd");
        add(
                7,
                0,
                Register.EDX,
                "- - avx512_4vnniw avx512_4fmaps fsrm - - - avx512_vp2intersect - md_clear - - -"
                        + " serialize - tsxldtrk - pconfig arch_lbr ibt - amx_bf16 avx512_fp16"
                        + " amx_tile amx_int8 spec_ctrl intel_stibp flush_l1d arch_capabilities"
                        + " core_capabilities spec_ctrl_ssbd");
        add(7, 1, Register.EAX, "- - - - avx_vnni avx512_bf16");
        add(0xd, 1, Register.EAX, "xsaveopt xsavec xgetbv1 xsaves");
        add(
                0x8000_0001,
                0,
                Register.EDX,
                "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb"
                        + " rdtscp - lm 3dnowext 3dnow");
        add(
                0x8000_0001,
                0,
                Register.ECX,
                "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw"
                        + " ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext"
                        + " perfctr_core perfctr_nb - bpext ptsc perfctr_llc mwaitx");
        add(0x8000_0007, 0, Register.EDX, "- - - - - - - - nonstop_tsc");
        add(
                0x8000_0008,
                0,
                Register.EBX,
                "clzero irperf xsaveerptr - rdpru - - - - wbnoinvd - - amd_ibpb - amd_ibrs"
                        + " amd_stibp - amd_stibp_always_on - - - - - - amd_ssbd virt_ssbd");
        add(
                0x4000_0001,
                0,
                Register.EAX,
                "kvmclock kvm_nopiodelay - kvmclock2 kvm_asyncpf kvm_steal_time kvm_pv_eoi"
                        + " kvm_pv_unhalt - kvm_pv_tlb_flush - kvm_pv_ipi kvm_poll_control"
                        + " kvm_pv_sched_yield kvm_asyncpf_int kvm_msi_ext_dest_id - - - - - - - -"
                        + " kvmclock_stable");
    }

    private CpuFeatures() {}

    private static void add(int function, int index, Register register, String names) {
        String[] all = names.split(" ");
        for (int bit = 0; bit < all.length; bit++) {
            if (!all[bit].equals("-")) {
                PLACES.put(all[bit], new Place(function, index, register, bit));
            }
        }
    }

    /** All known names and where they are. */
    public static Map<String, Place> all() {
        return Collections.unmodifiableMap(PLACES);
    }

    /**
     * Checks that a model names a base and features that exist. Any thread.
     *
     * @throws EngineException naming those that do not
     */
    public static void check(CpuModel model) throws EngineException {
        if (!Set.of("host", "v2").contains(model.base())) {
            throw new EngineException(
                    "CPU model '" + model.base() + "': known are 'host' and 'v2'");
        }
        List<String> unknown = new ArrayList<>(model.remove());
        unknown.addAll(model.add());
        unknown.removeAll(PLACES.keySet());
        if (!unknown.isEmpty()) {
            throw new EngineException(
                    "CPU features "
                            + unknown
                            + " are unknown: use the names of the flags in /proc/cpuinfo");
        }
    }
}
