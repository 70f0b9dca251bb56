package org.interposer.core.pci;

import java.util.OptionalLong;
import org.interposer.api.bus.IoBus;
import org.interposer.api.irq.InterruptController;
import org.interposer.api.pci.PciHost;
import org.interposer.api.pci.PciHostFactory;
import org.osgi.service.component.annotations.Component;

/** Makes the PCI hierarchy of machines. Stateless, any thread. */
@Component
public final class I440fxHostFactory implements PciHostFactory {
    @Override
    public PciHost create(IoBus bus, InterruptController irq, OptionalLong ecam) {
        return new I440fxHost(bus, irq, ecam);
    }
}
