package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.irq.IrqchipMode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** INIT and start-up of a second vCPU with the interrupt controllers in user space. */
@Timeout(60)
class InitTest {
    private static final int FIRST = 8, SECOND = 9;

    private TestMachine m;

    @BeforeAll
    static void needKvm() {
        TestMachine.needKvm();
    }

    @BeforeEach
    void open() throws Exception {
        m = TestMachine.of(IrqchipMode.USER, 2);
        m.vm.attach(new StubIrqchip(IrqchipMode.USER, 2));
        m.kickPort(0xf0, m.cpu(1));
        for (int vector : new int[] {FIRST, SECOND}) {
            m.code(vector << 12, "8c c8 e6 f0 f4"); // mov ax, cs; out 0xf0, al
        }
    }

    @AfterEach
    void close() throws Exception {
        m.close();
    }

    private void init() {
        m.vm.irqchipHost().init(1);
    }

    private void startup(int vector) {
        m.vm.irqchipHost().startup(1, vector);
    }

    private CpuState run() throws Exception {
        assertInstanceOf(VcpuExit.Kicked.class, m.cpu(1).run());
        return m.cpu(1).state();
    }

    private void assertWaits() throws Exception {
        m.cpu(1).kick();
        assertEquals(CpuState.Activity.WAIT_FOR_SIPI, run().activity());
    }

    @Test
    void initAndStartupLetTheSecondVcpuBegin() throws Exception {
        assertWaits();
        init();
        startup(FIRST);
        CpuState state = run();
        assertEquals(0x800, state.gpr()[CpuState.RAX]);
        assertEquals(4, state.rip());
    }

    @Test
    void aStartupThatWasSentBeforeInitIsForgotten() throws Exception {
        startup(FIRST);
        init();
        assertWaits();
    }

    @Test
    void theFirstOfTwoStartupsIsHeard() throws Exception {
        init();
        startup(FIRST);
        startup(SECOND);
        assertEquals(0x800, run().gpr()[CpuState.RAX]);
    }

    @Test
    void aRestoredStateDoesNotHearWhatTheOldOneWasSent() throws Exception {
        CpuState powerOn = m.cpu(1).state();
        startup(FIRST);
        m.cpu(1).restore(powerOn);
        assertWaits();
    }
}
