package org.interposer.core.pci;

import org.interposer.api.frontend.DeviceHost;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.frontend.MachineRequest;
import org.interposer.api.state.StateRecord;

/**
 * Connects the reset control register (port 0xCF9, also ACPI's reset register) with the machine.
 * The register itself, and its state, belong to the ISA bridge.
 */
final class ResetControl implements Frontend {
    private static final String TYPE = "pci.reset";

    private Runnable disconnect = () -> {};

    @Override
    public String id() {
        return "reset-control";
    }

    @Override
    public String describe() {
        return "reset control register, port 0xCF9";
    }

    @Override
    public void realize(DeviceHost host) {
        if (host.pci() instanceof I440fxHost pci) {
            pci.onReset(() -> host.request(new MachineRequest.Reset("port 0xCF9")));
            disconnect = () -> pci.onReset(() -> {});
        }
    }

    @Override
    public void reset() {}

    @Override
    public void quiesce() {}

    @Override
    public void resume() {}

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
        disconnect.run();
        disconnect = () -> {};
    }
}
