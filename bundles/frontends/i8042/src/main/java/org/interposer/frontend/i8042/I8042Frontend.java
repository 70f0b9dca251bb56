package org.interposer.frontend.i8042;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.interposer.api.bus.AddressSpace;
import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.bus.Mapping;
import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.irq.IrqLine;
import org.interposer.api.state.StateRecord;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.metatype.annotations.Designate;

/** The keyboard controller as a device of a machine. */
@Component(
        service = Frontend.class,
        configurationPid = "org.interposer.frontend.i8042",
        configurationPolicy = ConfigurationPolicy.REQUIRE,
        immediate = true)
@Designate(ocd = I8042Config.class, factory = true)
public final class I8042Frontend implements Frontend {
    private static final int DATA = 0x60;
    private static final int COMMAND = 0x64;
    private static final int FAST = 0x92;
    private static final int IRQ = 1;

    private record Plugged(Controller controller, IrqLine line) {}

    private final I8042Config config;
    private final List<Mapping> ports = new ArrayList<>();
    private Optional<Plugged> plugged = Optional.empty();

    /** Checks the configuration. */
    @Activate
    public I8042Frontend(I8042Config config) {
        if (config.machine() == null || config.machine().isEmpty() || config.id().isEmpty()) {
            throw new IllegalArgumentException(
                    "i8042 '"
                            + config.id()
                            + "' of machine '"
                            + config.machine()
                            + "': set both 'machine' and 'id'");
        }
        this.config = config;
    }

    @Override
    public String id() {
        return config.id();
    }

    @Override
    public String describe() {
        return "i8042 at ports 0x60, 0x64 and 0x92, irq 1, no keyboard";
    }

    @Override
    public void realize(DeviceHost host) {
        IrqLine line = host.interrupts().line(IRQ);
        Controller controller =
                new Controller(line, cause -> host.request(new MachineRequest.Reset(cause)));
        plugged = Optional.of(new Plugged(controller, line));
        map(host, DATA, controller.dataPort);
        map(host, COMMAND, controller.commandPort);
        map(host, FAST, controller.fastPort);
    }

    private void map(DeviceHost host, int port, IoHandler handler) {
        ports.add(
                host.bus().map(AddressSpace.PORT, port, 1, IoBus.PRIORITY_PLATFORM, id(), handler));
    }

    @Override
    public void reset() {
        plugged.ifPresent(p -> p.controller().powerOn());
    }

    @Override
    public void quiesce() {}

    @Override
    public void resume() {}

    @Override
    public StateRecord save() {
        return plugged.map(p -> p.controller().save())
                .orElseThrow(() -> new IllegalStateException(id() + " is not realized"));
    }

    @Override
    public void restore(StateRecord state) {
        plugged.ifPresent(p -> p.controller().restore(state));
    }

    @Override
    public void unrealize() {
        ports.forEach(Mapping::close);
        ports.clear();
        plugged.ifPresent(p -> p.line().set(false));
        plugged = Optional.empty();
    }
}
