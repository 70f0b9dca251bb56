package org.interposer.engine.softcpu;

import static org.interposer.engine.softcpu.TestMachine.little;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.EngineException;
import org.interposer.api.engine.HostDebug;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.Watchpoint;
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
        return new HostDebug(false, Set.of(breakpoints), Set.of());
    }

    private static HostDebug steps(Long... breakpoints) {
        return new HostDebug(true, Set.of(breakpoints), Set.of());
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

    // --- watchpoints -----------------------------------------------------------------------------

    private static final long DATA = 0x20000;

    private void assertWatched(boolean reads, long at, int length, String code, long rip)
            throws Exception {
        m.code(BODY, code);
        m.longMode(0, BODY, 2);
        Watchpoint watchpoint = new Watchpoint(at, length, reads);
        m.cpu(0).debug(new HostDebug(false, Set.of(), Set.of(watchpoint)));
        assertEquals(new VcpuExit.Debug(Optional.of(watchpoint)), m.cpu(0).run());
        assertEquals(BODY + rip, m.cpu(0).state().rip());
        m.cpu(0).debug(new HostDebug(false, Set.of(), Set.of()));
    }

    /** Before each access there is one to the byte in front of the data, which is not watched. */
    private static String access(String toRbx) {
        return "bb" + little((int) DATA) + "c643ff01" + toRbx + "faf4"; // mov ebx; movb [rbx-1], 1
    }

    @Test
    void aWatchpointStopsBehindTheInstructionThatWrites() throws Exception {
        assertWatched(false, DATA, 1, access("8b03 8903"), 13); // mov eax, [rbx]; mov [rbx], eax
        assertWatched(false, DATA + 3, 1, access("8b03 8903"), 13);
        assertWatched(false, DATA, 1, access("8b03 f0 0103"), 14); // lock add
        assertWatched(false, DATA + 15, 1, access("0f1103"), 12); // movups
        assertWatched(false, DATA + 2, 100, access("89dfb90a000000f3aa"), 16); // rep stosb
    }

    @Test
    void aWatchpointOfReadsStopsBehindThemToo() throws Exception {
        assertWatched(true, DATA, 1, access("8b03 8903"), 11);
        assertWatched(true, DATA + 4, 4, access("488b03"), 12);
    }

    @Test
    void anAccessThatFaultsIsNoAccess() throws Exception {
        // The stack's frame is at DATA; then mov [rbx], ax faults behind the end of memory.
        m.code(BODY, "48bb" + "0000000000000080" + "668903");
        m.longMode(0, BODY, 2);
        Watchpoint beyond = new Watchpoint(0x8000000000000000L, 2, true);
        m.cpu(0).debug(new HostDebug(false, Set.of(), Set.of(beyond)));
        assertInstanceOf(VcpuExit.TripleFault.class, m.cpu(0).run());
    }

    @Test
    void moreBreakpointsThanThereAreAreRefused() {
        HostDebug many =
                new HostDebug(
                        false,
                        LongStream.rangeClosed(0, m.cpu(0).debugRegisters())
                                .boxed()
                                .collect(Collectors.toSet()),
                        Set.of());
        assertThrows(EngineException.class, () -> m.cpu(0).debug(many));
    }
}
