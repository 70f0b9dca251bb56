package org.interposer.tool.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.engine.TraceEvent;
import org.interposer.api.engine.TraceKind;
import org.interposer.api.engine.TraceSink;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VmTraceTest {
    private static final TraceEvent OUT =
            new TraceEvent.Io(1, AddressSpace.PORT, true, 0x3f8, 1, 0x41);

    @TempDir Path folder;
    private final FakeContainer container = new FakeContainer();
    private final VmTrace command = new VmTrace(container::open);
    private final Set<TraceKind> asked = new HashSet<>();
    private Optional<TraceSink> sink = Optional.empty();
    private Optional<String> refusal = Optional.empty();

    /** A machine that is traced as the test says. */
    @BeforeEach
    void machine() {
        container.folder = folder;
        container.services.add(
                FakeContainer.proxy(
                        Machine.class,
                        (method, arguments) ->
                                switch (method) {
                                    case "name" -> "demo";
                                    case "trace" -> begin((Set<?>) arguments[0], arguments[1]);
                                    case "endTrace" -> end();
                                    default -> throw new UnsupportedOperationException(method);
                                }));
    }

    private Object begin(Set<?> kinds, Object to) throws MachineException {
        if (refusal.isPresent()) {
            throw new MachineException(refusal.get());
        }
        kinds.forEach(kind -> asked.add((TraceKind) kind));
        sink = Optional.of((TraceSink) to);
        return null;
    }

    private Optional<TraceSink> end() {
        Optional<TraceSink> was = sink;
        sink = Optional.empty();
        was.ifPresent(TraceSink::ended);
        return was;
    }

    private void trace(String... words) throws Exception {
        command.trace(container.session(), words);
    }

    private boolean happens(TraceEvent event) {
        return sink.orElseThrow().accept(event);
    }

    private List<String> file() throws Exception {
        return Files.readAllLines(folder.resolve("t"));
    }

    @Test
    void eachEventIsOneLineWithItsNumberAndVcpu() throws Exception {
        trace("demo", "t", "--what", "instructions,exceptions,io");
        assertEquals(Set.of(TraceKind.values()), asked);
        happens(new TraceEvent.Instruction(0, 0x10, -0x7f000000L, new byte[] {0x0f, 0x0b}));
        happens(interruption(TraceEvent.Cause.EXCEPTION, 6, OptionalInt.empty()));
        happens(
                new TraceEvent.Interruption(
                        0,
                        TraceEvent.Cause.EXCEPTION,
                        14,
                        0x1000,
                        OptionalInt.of(2),
                        OptionalLong.of(0x1234)));
        happens(interruption(TraceEvent.Cause.INTERRUPT, 0x30, OptionalInt.empty()));
        happens(OUT);
        happens(new TraceEvent.Io(1, AddressSpace.MMIO, false, 0xfee00020L, 4, 0));
        trace("demo", "off");
        assertEquals(
                List.of(
                        "       1 vcpu0 insn 0010:ffffffff81000000 0f 0b",
                        "       2 vcpu0 exception 06 #UD rip 0000000000001000",
                        "       3 vcpu0 exception 0e #PF error 0002 cr2 0000000000001234 rip"
                                + " 0000000000001000",
                        "       4 vcpu0 interrupt 30 rip 0000000000001000",
                        "       5 vcpu1 pio-out 03f8 size 1 value 41",
                        "       6 vcpu1 mmio-read fee00020 size 4 value 00000000"),
                file());
        assertTrue(container.output().contains("demo: trace ended, 6 events in "));
    }

    private static TraceEvent interruption(TraceEvent.Cause cause, int vector, OptionalInt error) {
        return new TraceEvent.Interruption(0, cause, vector, 0x1000, error, OptionalLong.empty());
    }

    @Test
    void theLimitEndsItAndAnotherMayFollow() throws Exception {
        trace("demo", "t", "--limit", "2");
        assertTrue(happens(OUT));
        assertFalse(happens(OUT));
        assertFalse(happens(OUT));
        assertEquals(2, file().size());
        trace("demo");
        assertTrue(container.output().contains("2 events in "), container.output());
        assertTrue(container.output().contains("--limit raises it"), container.output());
        trace("demo", "t", "--force");
        assertTrue(happens(OUT));
        trace("demo", "off");
        assertEquals(1, file().size());
    }

    @Test
    void aFileThatIsThereStays() throws Exception {
        Files.writeString(folder.resolve("t"), "precious");
        refused("--force", "demo", "t");
        assertEquals(List.of("precious"), file());
        assertTrue(sink.isEmpty());
    }

    @Test
    void whatCannotBeWrittenIsNamed() throws Exception {
        refused("its folder does not exist", "demo", "no/t");
        Path full = Path.of("/dev/full");
        assumeTrue(Files.isWritable(full), "needs /dev/full");
        trace("demo", full.toString(), "--force");
        for (int i = 0; i < 100_000 && happens(OUT); i++) {
            // Until the buffer has to go to the device.
        }
        assertFalse(happens(OUT));
        refused("No space left on device", "demo", "off");
    }

    @Test
    void aMachineThatRefusesLeavesNoFile() {
        refusal = Optional.of("engine 'kvm' cannot trace instructions");
        refused("'kvm' cannot", "demo", "t", "--what", "instructions");
        assertFalse(Files.exists(folder.resolve("t")));
    }

    @Test
    void mistakesAreNamed() throws Exception {
        refused("did you mean exceptions", "demo", "t", "--what", "exception");
        refused("is not traced", "demo", "off");
        trace("demo", "t");
        refused("traced already", "demo", "u");
        assertFalse(Files.exists(folder.resolve("u")));
    }

    @Test
    void noMachineWritesToTheFilesOfAStoppedBundle() throws Exception {
        trace("demo", "t");
        happens(OUT);
        command.deactivate();
        assertTrue(sink.isEmpty());
        assertEquals(1, file().size());
    }

    private void refused(String reason, String... words) {
        Exception e = assertThrows(Exception.class, () -> trace(words));
        assertTrue(e.getMessage().contains(reason), e.getMessage());
    }
}
