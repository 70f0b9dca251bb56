package org.interposer.core.machine;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.interposer.api.machine.DeviceInfo;
import org.interposer.api.machine.MachineInfo;

/** All there is to show about a machine. Control thread only. */
final class Infos {
    private Infos() {}

    /** Of one that is started. */
    static MachineInfo running(MachineRun run) {
        Assembly assembly = run.parts();
        EngineSlot engine = assembly.engine();
        return new MachineInfo(
                engine.name(),
                engine.choice().reason(),
                IrqchipChoice.name(assembly.mode()),
                assembly.memory().ramBytes(),
                assembly.vm().vcpus().size(),
                assembly.clock().nanos(),
                run.devices().infos(),
                assembly.pci().nodes(),
                assembly.bus().ranges(),
                run.counters());
    }

    /** What is configured, with engine, time and counts of the last run if there was one. */
    static MachineInfo atRest(
            MachineSettings now, Optional<MachineInfo> last, List<String> devices) {
        return new MachineInfo(
                last.map(MachineInfo::engine).or(now::engine).orElse("auto"),
                last.map(MachineInfo::engineReason).orElse(""),
                last.map(MachineInfo::irqchip)
                        .or(() -> now.irqchip().map(IrqchipChoice::name))
                        .orElse("auto"),
                now.memoryBytes(),
                now.cpus(),
                last.map(MachineInfo::guestNanos).orElse(0L),
                devices.stream().map(id -> new DeviceInfo(id, "", false)).toList(),
                List.of(),
                List.of(),
                last.map(MachineInfo::counters).orElse(Map.of()));
    }
}
