package org.interposer.core.pci;

import java.util.List;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.PlatformDevices;
import org.osgi.service.component.annotations.Component;

/** What the ISA bridge brings into every machine. Stateless, any thread. */
@Component
public final class BridgeDevices implements PlatformDevices {
    @Override
    public List<Frontend> create(String machine, long ramBytes) {
        return List.of(new ResetControl());
    }
}
