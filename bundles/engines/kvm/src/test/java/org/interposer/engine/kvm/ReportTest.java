package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Set;
import org.interposer.api.engine.CpuModel;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ReportTest {
    @Test
    void aMissingDeviceIsNamedWithTheWayOut() {
        var e = assertThrows(EngineException.class, () -> new KvmSystem("/dev/no-kvm-here"));
        assertTrue(e.getMessage().contains("/dev/no-kvm-here is missing"), e.getMessage());
        assertTrue(e.getMessage().contains("kvm_amd"), e.getMessage());
    }

    @Test
    void aDeviceThatIsNoKvmIsRefused(@TempDir Path dir) throws Exception {
        Path file = java.nio.file.Files.createFile(dir.resolve("kvm"));
        var e = assertThrows(EngineException.class, () -> new KvmSystem(file.toString()));
        assertTrue(e.getMessage().contains("KVM_GET_API_VERSION"), e.getMessage());
    }

    @Test
    void theReportIsOneLineAndIsRemembered() {
        TestMachine.needKvm();
        KvmEngine engine = new KvmEngine();
        EngineReport report = engine.report();
        assertEquals(report, engine.report());
        assertFalse(report.summary().contains("\n"));
        assertTrue(report.capabilities().containsKey("KVM_CAP_IMMEDIATE_EXIT"));
        assertTrue(report.irqchipModes().contains(IrqchipMode.USER));
        engine.stop();
    }

    @Test
    void theProbeTellsInMillisecondsHowKernelCodeRuns() throws Exception {
        TestMachine.needKvm();
        try (KvmSystem system = new KvmSystem()) {
            KvmProbe.Result best = new KvmProbe(system).run();
            for (int i = 0; i < 5; i++) {
                KvmProbe.Result again = new KvmProbe(system).run();
                assertEquals(best.verdict(), again.verdict());
                if (again.micros() < best.micros()) {
                    best = again;
                }
            }
            assertTrue(best.micros() < 500_000, best.toString());
            System.out.println("probe: " + best);
        }
    }

    @Test
    void aMachineThatKvmCannotMakeIsRefusedWithAReason() {
        TestMachine.needKvm();
        var vcpus =
                assertThrows(
                        EngineException.class, () -> TestMachine.of(IrqchipMode.KERNEL, 100_000));
        assertTrue(vcpus.getMessage().contains("100000 vCPUs"), vcpus.getMessage());
        var base = assertThrows(EngineException.class, () -> withModel("v9", Set.of(), Set.of()));
        assertTrue(base.getMessage().contains("'v9'"), base.getMessage());
        var flag =
                assertThrows(
                        EngineException.class,
                        () -> withModel("host", Set.of("sse2", "nonsense"), Set.of()));
        assertTrue(flag.getMessage().contains("[nonsense]"), flag.getMessage());
    }

    private static void withModel(String base, Set<String> remove, Set<String> add)
            throws Exception {
        new TestMachine(IrqchipMode.USER, 1, TestMachine.MIB, new CpuModel(base, remove, add))
                .close();
    }
}
