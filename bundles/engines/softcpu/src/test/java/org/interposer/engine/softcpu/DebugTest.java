package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a debugger on the host asks for, in 64-bit mode. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DebugTest {
    private static final long BODY = 0x10000;

    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        m = new TestMachine(1, 16 * TestMachine.MIB);
        // inc rax; inc rax; jmp to the second; ...; at 0x10: cli; hlt
        m.code(BODY, "48ffc0 48ffc0 ebfb").code(BODY + 0x10, "fa f4");
        m.longMode(0, BODY, 2);
    }

    @AfterEach
    void close() {
        m.close();
    }

    private static HostDebug runs(Long... breakpoints) {
        return new HostDebug(false, Set.of(breakpoints));
    }

    private static HostDebug steps(Long... breakpoints) {
        return new HostDebug(true, Set.of(breakpoints));
    }

    private void assertStops(HostDebug wanted, long rip, long rax) throws Exception {
        m.cpu(0).debug(wanted);
        assertInstanceOf(VcpuExit.Debug.class, m.cpu(0).run());
        CpuState state = m.cpu(0).state();
        assertEquals(rip, state.rip());
        assertEquals(rax, state.gpr()[CpuState.RAX]);
    }

    @Test
    void aBreakpointStopsBeforeItsInstructionEachTime() throws Exception {
        assertStops(runs(BODY + 6), BODY + 6, 2);
        assertStops(runs(BODY + 3), BODY + 3, 2);
        assertStops(steps(), BODY + 6, 3);
        assertStops(runs(BODY + 3), BODY + 3, 3);
    }

    @Test
    void aStepIsOneInstructionWhateverStandsBehindIt() throws Exception {
        assertStops(steps(), BODY + 3, 1);
        assertStops(steps(BODY + 6), BODY + 6, 2);
        assertStops(steps(BODY + 3), BODY + 3, 2);
    }

    @Test
    void aVcpuThatWasSteppedIntoItsLastHltIsStuck() throws Exception {
        m.longMode(0, BODY + 0x10, 2);
        assertStops(steps(), BODY + 0x11, 0);
        assertStops(steps(), BODY + 0x12, 0);
        m.cpu(0).debug(HostDebug.NONE);
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        assertEquals(1L, m.cpu(0).exits().get("hlt"));
    }

    @Test
    void moreBreakpointsThanThereAreAreRefused() {
        HostDebug many =
                new HostDebug(
                        false,
                        LongStream.rangeClosed(0, m.cpu(0).mostBreakpoints())
                                .boxed()
                                .collect(Collectors.toSet()));
        assertThrows(EngineException.class, () -> m.cpu(0).debug(many));
    }
}
