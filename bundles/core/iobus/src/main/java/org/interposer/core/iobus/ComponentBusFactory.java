package org.interposer.core.iobus;

import org.interposer.api.bus.IoBus;
import org.interposer.api.bus.IoBusFactory;
import org.osgi.service.component.annotations.Component;

/** The service that makes buses; it keeps none of them. */
@Component
public final class ComponentBusFactory implements IoBusFactory {
    @Override
    public IoBus create() {
        return new Bus();
    }
}
