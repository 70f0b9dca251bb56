package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.engine.CpuFeatures;
import org.interposer.api.engine.CpuFeatures.Place;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.CpuidLeaf;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CpuidTest {
    private KvmSystem system;

    @BeforeEach
    void open() throws Exception {
        TestMachine.needKvm();
        system = new KvmSystem();
    }

    @AfterEach
    void close() {
        if (system != null) {
            system.close();
        }
    }

    private List<CpuidLeaf> leaves(CpuModel model, IrqchipMode mode, int cpu, int cpus)
            throws Exception {
        return new KvmCpuid(system, model, mode).leaves(cpu, cpus, 2_000_000);
    }

    private static Optional<CpuidLeaf> leaf(List<CpuidLeaf> leaves, int function, int index) {
        return leaves.stream()
                .filter(l -> l.function() == function && Math.max(0, l.index()) == index)
                .findFirst();
    }

    private static boolean has(List<CpuidLeaf> leaves, String name) {
        Place place = CpuFeatures.all().get(name);
        return leaf(leaves, place.function(), place.index())
                .map(
                        l ->
                                switch (place.register()) {
                                    case EAX -> l.eax();
                                    case EBX -> l.ebx();
                                    case ECX -> l.ecx();
                                    case EDX -> l.edx();
                                })
                .map(value -> (value >>> place.bit() & 1) == 1)
                .orElse(false);
    }

    @Test
    void namesStandAtTheirArchitecturalBits() {
        assertEquals(0, CpuFeatures.all().get("fpu").bit());
        assertEquals(31, CpuFeatures.all().get("pbe").bit());
        assertEquals(21, CpuFeatures.all().get("x2apic").bit());
        assertEquals(24, CpuFeatures.all().get("tsc_deadline_timer").bit());
        assertEquals(31, CpuFeatures.all().get("hypervisor").bit());
        assertEquals(16, CpuFeatures.all().get("avx512f").bit());
        assertEquals(31, CpuFeatures.all().get("avx512vl").bit());
        assertEquals(16, CpuFeatures.all().get("la57").bit());
        assertEquals(22, CpuFeatures.all().get("rdpid").bit());
        assertEquals(29, CpuFeatures.all().get("lm").bit());
        assertEquals(20, CpuFeatures.all().get("nx").bit());
        assertEquals(29, CpuFeatures.all().get("mwaitx").bit());
        assertEquals(22, CpuFeatures.all().get("topoext").bit());
        assertEquals(29, CpuFeatures.all().get("arch_capabilities").bit());
        assertEquals(24, CpuFeatures.all().get("kvmclock_stable").bit());
        assertEquals(25, CpuFeatures.all().get("virt_ssbd").bit());
    }

    @Test
    void removedFeaturesAreGoneAndTheRestStays() throws Exception {
        List<CpuidLeaf> all = leaves(CpuModel.HOST, IrqchipMode.KERNEL, 0, 1);
        assertTrue(has(all, "sse2") && has(all, "lm"));
        assertFalse(has(all, "monitor"));
        CpuModel model = new CpuModel("host", Set.of("sse2"), Set.of());
        List<CpuidLeaf> cut = leaves(model, IrqchipMode.KERNEL, 0, 1);
        assertFalse(has(cut, "sse2"));
        assertTrue(has(cut, "sse") && has(cut, "lm"));
    }

    @Test
    void thePortableModelShowsNothingButItsTableAndWhatIsAdded() throws Exception {
        List<CpuidLeaf> v2 = leaves(new CpuModel("v2", Set.of(), Set.of()), IrqchipMode.USER, 0, 1);
        for (String name : CpuFeatures.all().keySet()) {
            if (has(v2, name)) {
                assertTrue(CpuFeatures.V2.contains(name), name);
            }
        }
        assertTrue(leaf(v2, 0x4000_0001, 0).isEmpty());
        List<CpuidLeaf> host = leaves(CpuModel.HOST, IrqchipMode.USER, 0, 1);
        CpuModel more = new CpuModel("v2", Set.of(), Set.of("pdpe1gb", "avx"));
        List<CpuidLeaf> added = leaves(more, IrqchipMode.USER, 0, 1);
        assertEquals(has(host, "pdpe1gb"), has(added, "pdpe1gb"));
        assertEquals(has(host, "avx"), has(added, "avx"));
    }

    @Test
    void paravirtualFeaturesThatNeedTheKernelsApicAreHiddenInUserMode() throws Exception {
        List<CpuidLeaf> user = leaves(CpuModel.HOST, IrqchipMode.USER, 0, 1);
        List<CpuidLeaf> kernel = leaves(CpuModel.HOST, IrqchipMode.KERNEL, 0, 1);
        assertFalse(has(user, "kvm_pv_eoi"));
        assertFalse(has(user, "kvm_pv_ipi"));
        assertEquals(has(kernel, "kvmclock2"), has(user, "kvmclock2"));
        assertTrue(has(kernel, "x2apic"));
    }

    @Test
    void everyVcpuFindsItsPlaceInTheTopology() throws Exception {
        for (int cpu = 0; cpu < 5; cpu++) {
            List<CpuidLeaf> all = leaves(CpuModel.HOST, IrqchipMode.KERNEL, cpu, 5);
            assertEquals(cpu, leaf(all, 1, 0).orElseThrow().ebx() >>> 24);
            assertTrue(has(all, "ht"));
            CpuidLeaf cores = leaf(all, 0xb, 1).orElseThrow();
            assertEquals(3, cores.eax());
            assertEquals(5, cores.ebx());
            assertEquals(cpu, cores.edx());
            assertEquals(2_000_000, leaf(all, 0x4000_0010, 0).orElseThrow().eax());
        }
        assertFalse(has(leaves(CpuModel.HOST, IrqchipMode.KERNEL, 0, 1), "ht"));
    }

    @Test
    void theGuestsOwnCpuidGivesTheSameAnswers() throws Exception {
        String why = "a KVM that interprets kernel code executes CPUID on the host";
        if (!TestMachine.ENGINE.report().runsKernelCode()) {
            System.out.println("skipped: " + why);
        }
        assumeTrue(TestMachine.ENGINE.report().runsKernelCode(), why);
        CpuModel model = new CpuModel("host", Set.of("sse2"), Set.of());
        try (TestMachine m = new TestMachine(IrqchipMode.KERNEL, 1, TestMachine.MIB, model)) {
            List<Long> out = new ArrayList<>();
            m.bus.map(AddressSpace.PORT, 0x80, 4, 0, "test", Handlers.onWrite(out::add));
            m.kickPort(0xf0, m.cpu(0));
            // mov eax, 1; cpuid; mov eax, edx; out 0x80, eax; out 0xf0, al
            m.code(0x1000, "66 b8 01 00 00 00 0f a2 66 89 d0 66 e7 80 e6 f0 f4");
            m.start(0, 0x1000);
            assertInstanceOf(VcpuExit.Kicked.class, m.run());
            int edx = leaf(leaves(model, IrqchipMode.KERNEL, 0, 1), 1, 0).orElseThrow().edx();
            assertEquals(edx & 0xffff_ffffL, out.get(0));
            assertEquals(0, out.get(0) >>> 26 & 1);
        }
    }
}
