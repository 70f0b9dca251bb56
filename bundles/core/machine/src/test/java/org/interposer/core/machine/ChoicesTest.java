package org.interposer.core.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.interposer.api.engine.Engine;
import org.interposer.api.engine.EngineReport;
import org.interposer.api.engine.EngineSpec;
import org.interposer.api.engine.EngineVm;
import org.interposer.api.irq.IrqchipMode;
import org.interposer.api.machine.MachineException;
import org.junit.jupiter.api.Test;

final class ChoicesTest {
    private record Named(String name, EngineReport report) implements Engine {
        @Override
        public EngineVm create(EngineSpec spec) {
            throw new AssertionError("not asked for");
        }
    }

    private static Engine engine(String name, boolean usable, boolean kernel) {
        return new Named(
                name,
                new EngineReport(
                        usable,
                        kernel,
                        name + " summary",
                        List.of(IrqchipMode.SPLIT, IrqchipMode.USER),
                        Map.of()));
    }

    @Test
    void kvmIsTakenWhereItRunsKernels() throws MachineException {
        EngineChoice choice =
                EngineChoice.choose(
                        "m",
                        Optional.empty(),
                        List.of(engine("softcpu", true, true), engine("kvm", true, true)));
        assertEquals("kvm", choice.engine().name());
        assertEquals("kvm summary", choice.reason());
    }

    @Test
    void anEngineThatRunsKernelsGoesBeforeOneThatDoesNot() throws MachineException {
        List<Engine> engines = List.of(engine("kvm", true, false), engine("softcpu", true, true));
        assertEquals(
                "softcpu", EngineChoice.choose("m", Optional.empty(), engines).engine().name());
        assertEquals(
                "softcpu summary; kvm was passed over: kvm summary",
                EngineChoice.choose("m", Optional.empty(), engines).reason());
        assertEquals("kvm", EngineChoice.choose("m", Optional.of("kvm"), engines).engine().name());
    }

    @Test
    void whatCannotBeUsedIsNamedWithItsReason() {
        List<Engine> engines = List.of(engine("kvm", false, false));
        fails(Optional.empty(), engines, "no engine works here: kvm: kvm summary");
        fails(Optional.of("kvm"), engines, "engine 'kvm' does not work here: kvm summary");
        fails(Optional.of("xen"), engines, "there is no engine 'xen'; there is kvm");
        fails(Optional.empty(), List.of(), "there is no engine; install");
    }

    @Test
    void theEnginesPreferenceDecidesWhereTheIrqchipIs() throws MachineException {
        Engine engine = engine("kvm", true, true);
        assertEquals(IrqchipMode.SPLIT, IrqchipChoice.choose("m", Optional.empty(), engine));
        assertEquals(
                IrqchipMode.USER, IrqchipChoice.choose("m", Optional.of(IrqchipMode.USER), engine));
        String message =
                assertThrows(
                                MachineException.class,
                                () ->
                                        IrqchipChoice.choose(
                                                "m", Optional.of(IrqchipMode.KERNEL), engine))
                        .getMessage();
        assertTrue(message.contains("has no irqchip 'kernel'; set it to auto or split, user"));
    }

    private static void fails(Optional<String> wanted, List<Engine> engines, String expected) {
        String message =
                assertThrows(
                                MachineException.class,
                                () -> EngineChoice.choose("m", wanted, engines))
                        .getMessage();
        assertTrue(message.contains(expected), message);
    }
}
