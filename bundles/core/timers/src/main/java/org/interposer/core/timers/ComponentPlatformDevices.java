package org.interposer.core.timers;

import java.util.List;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.PlatformDevices;
import org.osgi.service.component.annotations.Component;

/** The service that gives every machine its PIT, RTC, power management and reset register. */
@Component
public final class ComponentPlatformDevices implements PlatformDevices {
    @Override
    public List<Frontend> create(String machine, long ramBytes) {
        return List.of(new Pit(), new Rtc(ramBytes), new PowerManagement(), new ResetControl());
    }
}
