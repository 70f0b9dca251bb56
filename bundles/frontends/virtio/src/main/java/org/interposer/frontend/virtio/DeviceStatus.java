package org.interposer.frontend.virtio;

/** The device status field (virtio 1.2 §2.1); guarded by the device's lock. */
final class DeviceStatus {
    private int bits;

    int bits() {
        return bits;
    }

    boolean has(int bit) {
        return (bits & bit) != 0;
    }

    /**
     * What a driver may add of what it writes: bits are only ever added, and each has conditions
     * (§3.1.1).
     *
     * @param written what the driver wrote
     * @param featuresAcceptable whether FEATURES_OK may be set
     */
    int acceptable(int written, boolean featuresAcceptable) {
        int added = written & ~bits & ~CommonRegisters.NEEDS_RESET;
        if (!featuresAcceptable) {
            added &= ~CommonRegisters.FEATURES_OK;
        }
        if (((bits | added) & CommonRegisters.FEATURES_OK) == 0) {
            added &= ~CommonRegisters.DRIVER_OK;
        }
        return added;
    }

    void add(int added) {
        bits |= added;
    }

    void set(int value) {
        bits = value;
    }
}
