package org.interposer.frontend.virtio;

import java.util.List;
import org.interposer.api.bus.IoHandler;

/** The pages of the BAR, as {@link PciLayout} has them. */
final class RegisterPages implements IoHandler {
    private final VirtioPciDevice device;
    private final DeviceConfig config;
    private final List<QueueWorker> workers;

    RegisterPages(VirtioPciDevice device, DeviceConfig config, List<QueueWorker> workers) {
        this.device = device;
        this.config = config;
        this.workers = workers;
    }

    @Override
    public long read(long offset, int size) {
        int at = (int) offset & (PciLayout.PAGE - 1);
        return switch ((int) offset & -PciLayout.PAGE) {
            case PciLayout.COMMON -> device.readCommon(at, size);
            case PciLayout.ISR -> at == 0 ? device.readIsr() : 0;
            case PciLayout.DEVICE -> config.read(at, size);
            default -> 0;
        };
    }

    @Override
    public void write(long offset, int size, long value) {
        int at = (int) offset & (PciLayout.PAGE - 1);
        switch ((int) offset & -PciLayout.PAGE) {
            case PciLayout.COMMON -> device.writeCommon(at, size, value);
            case PciLayout.DEVICE -> device.writeConfig(at, size, value);
            case PciLayout.NOTIFY -> notify(at / PciLayout.DOORBELL);
            default -> {
                // the ISR register is read-only
            }
        }
    }

    private void notify(int queue) {
        if (queue < workers.size()) {
            workers.get(queue).wake();
        }
    }
}
