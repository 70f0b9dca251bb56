package org.interposer.core.machine;

import java.util.Dictionary;
import java.util.Hashtable;
import org.interposer.api.engine.Engine;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.util.tracker.ServiceTracker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a machine out of a configuration and offers it as a service. */
@Component(
        service = {},
        immediate = true,
        configurationPid = Machine.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = MachineConfig.class, factory = true)
public final class MachineComponent implements FrontendTracker.Events {
    private static final Logger LOG = LoggerFactory.getLogger(MachineComponent.class);
    private static final long SETTLE_MILLIS = 1000;

    private final ControlledMachine machine;
    private final FrontendTracker devices;
    private final ServiceTracker<Engine, Engine> engines;
    private final ServiceRegistration<Machine> registration;
    private final BundleContext context;
    private final SynchronousBundleListener containerStops = this::onBundleEvent;

    /** Checks the configuration and offers the machine. */
    @Activate
    public MachineComponent(
            BundleContext context, MachineConfig config, @Reference ConfigurationAdmin admin)
            throws InvalidSyntaxException {
        this.context = context;
        MachineSettings settings = MachineSettings.of(config);
        refuseSecond(context, settings.name());
        devices = new FrontendTracker(context, settings.name(), new ConfiguredDevices(admin), this);
        machine =
                new ControlledMachine(settings, new BundleParts(context, settings.name()), devices);
        engines = engines(context);
        devices.open();
        engines.open();
        registration = context.registerService(Machine.class, machine, properties(machine));
        context.addBundleListener(containerStops);
        if (settings.autostart()) {
            machine.autostart(SETTLE_MILLIS);
        }
    }

    private static void refuseSecond(BundleContext context, String name)
            throws InvalidSyntaxException {
        String same = "(" + Machine.NAME + "=" + name + ")";
        if (!context.getServiceReferences(Machine.class, same).isEmpty()) {
            throw new IllegalArgumentException(
                    "there is a machine '" + name + "' already; give this one another name");
        }
    }

    private static Dictionary<String, Object> properties(Machine machine) {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(Machine.NAME, machine.name());
        return properties;
    }

    private ServiceTracker<Engine, Engine> engines(BundleContext context) {
        return new ServiceTracker<>(context, Engine.class, null) {
            @Override
            public void removedService(ServiceReference<Engine> reference, Engine engine) {
                machine.engineDeparting(engine.name());
                super.removedService(reference, engine);
            }
        };
    }

    /** When the whole container stops, machines do so first, while all their parts are there. */
    private void onBundleEvent(BundleEvent event) {
        if (event.getType() == BundleEvent.STOPPING && event.getBundle().getBundleId() == 0) {
            try {
                machine.stop();
            } catch (MachineException e) {
                LOG.error("{}", e.getMessage());
            }
        }
    }

    /** The new settings count from the next start on; the name stays. */
    @Modified
    void modified(MachineConfig config) {
        MachineSettings changed = MachineSettings.of(config);
        if (!changed.name().equals(machine.name())) {
            throw new IllegalArgumentException(
                    "machine '"
                            + machine.name()
                            + "' cannot be renamed to '"
                            + changed.name()
                            + "'; delete it and create it again");
        }
        machine.settings(changed);
    }

    /** Stops the machine and takes it away. */
    @Deactivate
    void close() {
        context.removeBundleListener(containerStops);
        registration.unregister();
        machine.delete();
        engines.close();
        devices.close();
    }

    @Override
    public void arrived(Frontend device) {
        machine.arrived(device);
    }

    @Override
    public void departing(Frontend device) {
        machine.departing(device);
    }
}
