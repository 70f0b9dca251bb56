package org.interposer.frontend.virtio;

import org.interposer.api.bus.IoHandler;
import org.interposer.api.pci.PciConfigListener;
import org.interposer.api.pci.PciFunction;

/**
 * The access capability (virtio 1.2 §4.1.4.9): firmware that maps no BARs reaches the registers
 * through configuration space.
 */
final class ConfigWindow implements PciConfigListener {
    private static final int COMMAND = 4;
    private static final int BAR_FIELD = 4;
    private static final int OFFSET_FIELD = 8;
    private static final int LENGTH_FIELD = 12;
    private static final int DATA_BYTES = 4;

    private final IoHandler registers;
    private final Runnable commandWritten;

    ConfigWindow(IoHandler registers, Runnable commandWritten) {
        this.registers = registers;
        this.commandWritten = commandWritten;
    }

    @Override
    public void beforeRead(PciFunction function, int offset, int size) {
        int capability = function.capabilityOffset(PciLayout.ACCESS_CAPABILITY);
        int length = accessLength(function, capability, offset, size);
        if (length > 0) {
            long value = registers.read(target(function, capability), length);
            function.setConfig(capability + PciLayout.ACCESS_DATA, length, (int) value);
        }
    }

    @Override
    public void afterWrite(PciFunction function, int offset, int size) {
        if (offset <= COMMAND && offset + size > COMMAND) {
            commandWritten.run();
        }
        int capability = function.capabilityOffset(PciLayout.ACCESS_CAPABILITY);
        int length = accessLength(function, capability, offset, size);
        if (length > 0) {
            int value = function.config(capability + PciLayout.ACCESS_DATA, length);
            registers.write(target(function, capability), length, value & mask(length));
        }
    }

    /** Bytes to move, or 0 when this is no access or an invalid one. */
    private static int accessLength(PciFunction function, int capability, int offset, int size) {
        int data = capability + PciLayout.ACCESS_DATA;
        if (offset >= data + DATA_BYTES || offset + size <= data) {
            return 0;
        }
        int length = function.config(capability + LENGTH_FIELD, 4);
        long at = target(function, capability);
        boolean valid =
                function.config(capability + BAR_FIELD, 1) == PciLayout.BAR
                        && (length == 1 || length == 2 || length == 4)
                        && at % length == 0
                        && at + length <= PciLayout.SIZE;
        return valid ? length : 0;
    }

    private static long target(PciFunction function, int capability) {
        return function.config(capability + OFFSET_FIELD, 4) & 0xffff_ffffL;
    }

    private static long mask(int length) {
        return 0xffff_ffffL >>> (32 - 8 * length);
    }
}
