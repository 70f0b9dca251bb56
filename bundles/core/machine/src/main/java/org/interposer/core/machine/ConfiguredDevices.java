package org.interposer.core.machine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.interposer.api.frontend.Frontend;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The devices that configurations promise to a machine. */
final class ConfiguredDevices {
    private static final Logger LOG = LoggerFactory.getLogger(ConfiguredDevices.class);

    /** A device's configuration. */
    record Device(String id, String factoryPid) {}

    private final ConfigurationAdmin admin;

    ConfiguredDevices(ConfigurationAdmin admin) {
        this.admin = admin;
    }

    /** The factory configurations that name the machine and a device id. */
    List<Device> of(String machine) {
        List<Device> devices = new ArrayList<>();
        String filter = String.format("(&(%s=%s)(%s=*))", Frontend.MACHINE, machine, Frontend.ID);
        try {
            Configuration[] found = admin.listConfigurations(filter);
            for (Configuration each : found == null ? new Configuration[0] : found) {
                if (each.getFactoryPid() != null) {
                    devices.add(
                            new Device(
                                    String.valueOf(each.getProperties().get(Frontend.ID)),
                                    each.getFactoryPid()));
                }
            }
        } catch (IOException | InvalidSyntaxException e) {
            LOG.warn("Cannot list the configured devices of machine '{}'", machine, e);
        }
        return devices;
    }
}
