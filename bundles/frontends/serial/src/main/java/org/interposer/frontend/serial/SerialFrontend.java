package org.interposer.frontend.serial;

import java.util.Optional;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.Mapping;
import org.interposer.api.character.CharacterBackend;
import org.interposer.api.frontend.DeviceException;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.state.StateRecord;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.Designate;

/** The serial port as a device of a machine. */
@Component(
        service = Frontend.class,
        configurationPid = "org.interposer.frontend.serial",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = SerialConfig.class, factory = true)
public final class SerialFrontend implements Frontend {
    private record Plugged(Uart16550 uart, Mapping ports) {}

    private final BackendLink link = new BackendLink();
    private volatile SerialConfig config;
    private Optional<Plugged> plugged = Optional.empty();

    /** Checks the configuration. */
    @Activate
    public SerialFrontend(SerialConfig config) {
        this.config = check(config);
        link.wanted(config.console());
    }

    /** Takes another console at once; ports and interrupt count from the next start on. */
    @Modified
    void modified(SerialConfig changed) {
        config = check(changed);
        link.wanted(changed.console());
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addBackend(CharacterBackend backend) {
        link.added(backend);
    }

    void removeBackend(CharacterBackend backend) {
        link.removed(backend);
    }

    private static SerialConfig check(SerialConfig config) {
        String who = "serial port '" + config.id() + "' of machine '" + config.machine() + "': ";
        if (config.machine() == null || config.machine().isEmpty() || config.id().isEmpty()) {
            throw new IllegalArgumentException(who + "set both 'machine' and 'id'");
        }
        if (config.port() < 0 || config.port() > 0x10000 - 8) {
            throw new IllegalArgumentException(
                    who
                            + "port "
                            + config.port()
                            + " is not in 0–65528; the usual is 1016 (0x3F8)");
        }
        if (config.irq() < 0 || config.irq() > 15) {
            throw new IllegalArgumentException(
                    who + "irq " + config.irq() + " is not in 0–15; the usual is 4");
        }
        return config;
    }

    @Override
    public String id() {
        return config.id();
    }

    @Override
    public String describe() {
        String console = config.console().isEmpty() ? "nowhere" : "'" + config.console() + "'";
        return String.format(
                "16550A at port 0x%x, irq %d, console %s", config.port(), config.irq(), console);
    }

    @Override
    public void realize(DeviceHost host) throws DeviceException {
        Uart16550 uart = new Uart16550(host.clock(), host.interrupts().line(config.irq()), link);
        Mapping ports =
                host.bus()
                        .map(
                                AddressSpace.PORT,
                                config.port(),
                                8,
                                IoBus.PRIORITY_PLATFORM,
                                id(),
                                uart);
        plugged = Optional.of(new Plugged(uart, ports));
        link.open(uart);
    }

    @Override
    public void reset() {
        plugged.ifPresent(p -> p.uart().reset());
    }

    @Override
    public void quiesce() {
        plugged.ifPresent(p -> p.uart().quiet(true));
    }

    @Override
    public void resume() {
        plugged.ifPresent(p -> p.uart().quiet(false));
    }

    @Override
    public StateRecord save() {
        return plugged.map(p -> p.uart().save())
                .orElseThrow(() -> new IllegalStateException(id() + " is not realized"));
    }

    @Override
    public void restore(StateRecord state) {
        plugged.ifPresent(p -> p.uart().restore(state));
    }

    @Override
    public void unrealize() {
        plugged.ifPresent(
                p -> {
                    link.close();
                    p.ports().close();
                    p.uart().close();
                });
        plugged = Optional.empty();
    }
}
