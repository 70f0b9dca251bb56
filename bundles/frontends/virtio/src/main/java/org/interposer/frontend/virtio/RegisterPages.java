package org.interposer.frontend.virtio;

import org.interposer.api.bus.IoHandler;

/** The pages of the BAR, as {@link PciLayout} has them. */
final class RegisterPages implements IoHandler {
    private final VirtioPciDevice device;
    private final DeviceConfig config;
    private final QueueSet queues;

    RegisterPages(VirtioPciDevice device, DeviceConfig config, QueueSet queues) {
        this.device = device;
        this.config = config;
        this.queues = queues;
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
            case PciLayout.NOTIFY -> queues.notify(at / PciLayout.DOORBELL);
            default -> {
                // the ISR register is read-only
            }
        }
    }
}
