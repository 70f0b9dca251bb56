package org.interposer.frontend.debug;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.Mapping;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.state.StateRecord;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

/** Debug console and debug exit as one device of a machine. */
@Component(
        service = Frontend.class,
        configurationPid = "org.interposer.frontend.debug",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = DebugConfig.class, factory = true)
public final class DebugFrontend implements Frontend {
    private static final String TYPE = "debug";
    private static final int EXIT_PORTS = 4;

    private final Consoles consoles = new Consoles();
    private final List<Mapping> ports = new ArrayList<>();
    private volatile DebugConfig config;
    private Optional<DebugConsole> console = Optional.empty();

    /** Checks the configuration. */
    @Activate
    public DebugFrontend(DebugConfig config) {
        this.config = check(config);
        consoles.wanted(config.console());
    }

    /** Takes another console at once; the ports count from the next start on. */
    @Modified
    void modified(DebugConfig changed) {
        config = check(changed);
        consoles.wanted(changed.console());
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addBackend(CharacterBackend backend) {
        consoles.added(backend);
    }

    void removeBackend(CharacterBackend backend) {
        consoles.removed(backend);
    }

    private static DebugConfig check(DebugConfig config) {
        String who = "debug ports '" + config.id() + "' of machine '" + config.machine() + "': ";
        if (config.machine() == null || config.machine().isEmpty() || config.id().isEmpty()) {
            throw new IllegalArgumentException(who + "set both 'machine' and 'id'");
        }
        checkPort(who, "consolePort", config.consolePort(), 1);
        checkPort(who, "exitPort", config.exitPort(), EXIT_PORTS);
        return config;
    }

    private static void checkPort(String who, String key, int port, int count) {
        if (port < 0 || port > 0x1_0000 - count) {
            throw new IllegalArgumentException(
                    who + key + " " + port + " is not in 0–" + (0x1_0000 - count));
        }
    }

    @Override
    public String id() {
        return config.id();
    }

    @Override
    public String describe() {
        DebugConfig now = config;
        List<String> parts = new ArrayList<>();
        if (now.consolePort() != 0) {
            String to = now.console().isEmpty() ? "nowhere" : "'" + now.console() + "'";
            parts.add(String.format("debug console at port 0x%x to %s", now.consolePort(), to));
        }
        if (now.exitPort() != 0) {
            parts.add(String.format("debug exit at port 0x%x", now.exitPort()));
        }
        return parts.isEmpty() ? "debug ports, all off" : String.join(", ", parts);
    }

    @Override
    public void realize(DeviceHost host) {
        DebugConsole made = new DebugConsole(host.clock(), consoles);
        console = Optional.of(made);
        if (config.consolePort() != 0) {
            map(host, config.consolePort(), 1, made);
        }
        if (config.exitPort() != 0) {
            DebugExit exit =
                    new DebugExit(
                            status -> {
                                made.flush();
                                host.request(new MachineRequest.Exit(status));
                            });
            map(host, config.exitPort(), EXIT_PORTS, exit);
        }
    }

    private void map(DeviceHost host, int port, int count, IoHandler handler) {
        ports.add(
                host.bus()
                        .map(
                                AddressSpace.PORT,
                                port,
                                count,
                                IoBus.PRIORITY_PLATFORM,
                                id(),
                                handler));
    }

    @Override
    public void reset() {
        console.ifPresent(DebugConsole::flush);
    }

    @Override
    public void quiesce() {
        console.ifPresent(DebugConsole::flush);
    }

    @Override
    public void resume() {}

    /** Nothing stays in the device once it is quiesced. */
    @Override
    public StateRecord save() {
        return StateRecord.of(TYPE, 1).build();
    }

    @Override
    public void restore(StateRecord state) {
        state.expect(TYPE, 1);
    }

    @Override
    public void unrealize() {
        ports.forEach(Mapping::close);
        ports.clear();
        console.ifPresent(DebugConsole::close);
        console = Optional.empty();
    }
}
