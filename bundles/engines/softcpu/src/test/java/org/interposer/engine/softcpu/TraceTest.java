package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.TraceEvent;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.engine.VcpuExit;
import org.interposer.api.engine.VcpuRequests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a trace shows of short programs in 64-bit mode that end with HLT. */
class TraceTest {
    private static final int BODY = 0x10000, HANDLER = 0x11000;
    private static final String HLT = "f4";

    private final Notes notes = new Notes();
    private TestMachine m;

    @BeforeEach
    void open() throws Exception {
        m = new TestMachine(1, 16 * TestMachine.MIB);
        m.code(HANDLER, HLT);
    }

    @AfterEach
    void close() {
        m.close();
    }

    private void prepare(String hex, TraceKind... kinds) throws Exception {
        m.code(BODY, hex);
        m.longMode(0, BODY, 2);
        Set<TraceKind> wanted = EnumSet.noneOf(TraceKind.class);
        wanted.addAll(List.of(kinds));
        m.vm.trace(wanted, notes);
    }

    private CpuState finish() throws Exception {
        assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
        return m.cpu(0).state();
    }

    private CpuState run(String hex, TraceKind... kinds) throws Exception {
        prepare(hex, kinds);
        return finish();
    }

    @Test
    void anUndefinedInstructionIsSeenThenItsExceptionThenTheHandler() throws Exception {
        m.gate(6, HANDLER, 0);
        run("b805000000 0f0b", TraceKind.INSTRUCTIONS, TraceKind.EXCEPTIONS);
        assertEquals(
                List.of(
                        "0 insn 8:10000 b805000000",
                        "0 insn 8:10005 0f0b",
                        "0 EXCEPTION 6 rip 10005 OptionalInt.empty OptionalLong.empty",
                        "0 insn 8:11000 f4"),
                notes.lines);
    }

    @Test
    void aPageFaultHasErrorCodeAndAddress() throws Exception {
        m.gate(14, HANDLER, 0);
        // movabs [0x4000000000], al
        run("a20000000040000000", TraceKind.EXCEPTIONS);
        assertEquals(
                List.of("0 EXCEPTION 14 rip 10000 OptionalInt[2] OptionalLong[" + (1L << 38) + "]"),
                notes.lines);
    }

    @Test
    void aFaultInDeliveryFollowsWhatWasToBeDelivered() throws Exception {
        m.gate(8, HANDLER, 0);
        // ud2: no gate for #UD is #GP(6 * 8 + IDT + EXT), no gate for that #DF (SDM vol. 3 §6.15)
        run("0f0b", TraceKind.EXCEPTIONS);
        assertEquals(
                List.of(
                        "0 EXCEPTION 6 rip 10000 OptionalInt.empty OptionalLong.empty",
                        "0 EXCEPTION 13 rip 10000 OptionalInt[51] OptionalLong.empty",
                        "0 EXCEPTION 8 rip 10000 OptionalInt[0] OptionalLong.empty"),
                notes.lines);
    }

    @Test
    void softwareInterruptsAndNmisSayWhatTheyAre() throws Exception {
        m.gate(0x40, HANDLER, 0);
        m.gate(2, HANDLER + 0x100, 0);
        m.code(HANDLER + 0x100, "48cf"); // iretq
        prepare("cd40", TraceKind.EXCEPTIONS);
        m.cpu(0).request(VcpuRequests.NMI);
        finish();
        assertEquals(
                List.of(
                        "0 NMI 2 rip 10000 OptionalInt.empty OptionalLong.empty",
                        "0 SOFTWARE 64 rip 10002 OptionalInt.empty OptionalLong.empty"),
                notes.lines);
    }

    @Test
    void eachElementOfARepeatedInstructionIsOneEvent() throws Exception {
        // mov ecx, 3; mov edi, 0x20000; rep stosb; hlt
        run("b903000000 bf00000200 f3aa" + HLT, TraceKind.INSTRUCTIONS);
        assertEquals(6, notes.lines.size(), notes.lines::toString);
        assertEquals(3, notes.lines.stream().filter("0 insn 8:1000a f3aa"::equals).count());
    }

    @Test
    void anInstructionAcrossPagesIsWhole() throws Exception {
        m.code(BODY + 0xffd, "b878563412" + HLT); // mov eax, 0x12345678
        run("e9f80f0000", TraceKind.INSTRUCTIONS); // jmp 0x10ffd
        assertEquals("0 insn 8:10ffd b878563412", notes.lines.get(1));
        assertEquals("0 insn 8:11002 f4", notes.lines.get(2));
    }

    @Test
    void aSinkThatHasEnoughGetsNoMoreAndTheGuestGoesOn() throws Exception {
        notes.most = 2;
        // mov ecx, 100; loop $; hlt
        CpuState end = run("b964000000 e2fe" + HLT, TraceKind.INSTRUCTIONS);
        assertEquals(2, notes.lines.size());
        assertEquals(0, end.gpr()[CpuState.RCX]);
    }

    @Test
    void aTraceThatWasEndedIsSilent() throws Exception {
        run(HLT, TraceKind.INSTRUCTIONS);
        assertEquals(1, notes.lines.size());
        run("90" + HLT);
        assertEquals(1, notes.lines.size());
    }

    @Test
    void portsAreTheBusesBusiness() {
        assertThrows(IllegalArgumentException.class, () -> m.vm.trace(Set.of(TraceKind.IO), notes));
    }

    private static final class Notes implements TraceSink {
        private final List<String> lines = new ArrayList<>();
        private int most = Integer.MAX_VALUE;

        @Override
        public boolean accept(TraceEvent event) {
            lines.add(event.vcpu() + " " + text(event));
            return lines.size() < most;
        }

        private static String text(TraceEvent event) {
            if (event instanceof TraceEvent.Instruction i) {
                return String.format(
                        "insn %x:%x %s", i.cs(), i.rip(), HexFormat.of().formatHex(i.bytes()));
            }
            TraceEvent.Interruption i = (TraceEvent.Interruption) event;
            return String.format(
                    "%s %d rip %x %s %s", i.cause(), i.vector(), i.rip(), i.errorCode(), i.cr2());
        }

        @Override
        public void ended() {
            lines.add("ended");
        }
    }
}
