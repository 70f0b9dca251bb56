package org.interposer.frontend.virtio;

import java.util.List;
import java.util.function.Consumer;
import org.interposer.api.state.StateException;
import org.interposer.api.state.StateRecord;

/**
 * The common configuration structure (virtio 1.2 §4.1.4.3). Guarded by the device's lock. Values
 * that a driver may not write are ignored, which it can read back.
 */
final class CommonRegisters {
    static final int BYTES = 0x38;

    static final int ACKNOWLEDGE = 1;
    static final int DRIVER = 2;
    static final int DRIVER_OK = 4;
    static final int FEATURES_OK = 8;
    static final int NEEDS_RESET = 64;

    private static final int DEVICE_FEATURE_SELECT = 0x00;
    private static final int DEVICE_FEATURE = 0x04;
    private static final int DRIVER_FEATURE_SELECT = 0x08;
    private static final int DRIVER_FEATURE = 0x0c;
    private static final int CONFIG_VECTOR = 0x10;
    private static final int QUEUE_COUNT = 0x12;
    private static final int STATUS = 0x14;
    private static final int GENERATION = 0x15;
    private static final int QUEUE_SELECT = 0x16;
    private static final int QUEUE_SIZE = 0x18;
    private static final int QUEUE_VECTOR = 0x1a;
    private static final int QUEUE_ENABLE = 0x1c;
    private static final int QUEUE_NOTIFY_OFF = 0x1e;
    private static final int QUEUE_ADDRESSES = 0x20;

    /** What a write sets off in the device; called with its lock held. */
    interface Actions {
        void statusWritten(int value);

        void queueEnabled(QueueSlot slot);

        int status();

        int generation();
    }

    private final Actions actions;
    private final long offered;
    private final List<QueueSlot> slots;
    private final QueueSlot absent = new QueueSlot(0, 1);
    private int deviceFeatureSelect;
    private int driverFeatureSelect;
    private long driverFeatures;
    private int queueSelect;
    private volatile int configVector = Interrupts.NO_VECTOR;

    CommonRegisters(Actions actions, long offered, List<QueueSlot> slots) {
        this.actions = actions;
        this.offered = offered;
        this.slots = slots;
        absent.size(0);
    }

    void reset() {
        deviceFeatureSelect = 0;
        driverFeatureSelect = 0;
        driverFeatures = 0;
        queueSelect = 0;
        configVector = Interrupts.NO_VECTOR;
        slots.forEach(QueueSlot::reset);
    }

    long driverFeatures() {
        return driverFeatures;
    }

    /** §2.2.2: a subset of what is offered, and not a legacy driver. */
    boolean featuresAcceptable() {
        return (driverFeatures & ~offered) == 0 && Features.has(driverFeatures, Features.VERSION_1);
    }

    int configVector() {
        return configVector;
    }

    /** Any size at any offset: as if byte by byte. */
    long read(int offset, int size) {
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            value = value << 8 | byteAt(offset + i);
        }
        return value;
    }

    private int byteAt(int offset) {
        if (offset >= BYTES) {
            return 0;
        }
        if (offset >= QUEUE_ADDRESSES) {
            return (int) (slot().address((offset - QUEUE_ADDRESSES) >> 3) >>> (8 * (offset & 7)))
                    & 0xff;
        }
        if (offset == STATUS) {
            return actions.status();
        }
        if (offset == GENERATION) {
            return actions.generation() & 0xff;
        }
        if (offset < CONFIG_VECTOR) {
            return featureRegister(offset & ~3) >>> (8 * (offset & 3)) & 0xff;
        }
        return halfWord(offset & ~1) >>> (8 * (offset & 1)) & 0xff;
    }

    private int featureRegister(int offset) {
        return switch (offset) {
            case DEVICE_FEATURE_SELECT -> deviceFeatureSelect;
            case DEVICE_FEATURE -> half(offered, deviceFeatureSelect);
            case DRIVER_FEATURE_SELECT -> driverFeatureSelect;
            default -> half(driverFeatures, driverFeatureSelect);
        };
    }

    private int halfWord(int offset) {
        return switch (offset) {
            case CONFIG_VECTOR -> configVector;
            case QUEUE_COUNT -> slots.size();
            case QUEUE_SELECT -> queueSelect;
            // §4.1.4.3.1: 0 says that there is no such queue.
            case QUEUE_SIZE -> present() ? slot().size() : 0;
            case QUEUE_VECTOR -> slot().vector();
            case QUEUE_ENABLE -> slot().enabled() ? 1 : 0;
            case QUEUE_NOTIFY_OFF -> present() ? queueSelect : 0;
            default -> 0;
        };
    }

    private static int half(long features, int select) {
        return select == 0 ? (int) features : select == 1 ? (int) (features >>> 32) : 0;
    }

    /** Only the accesses of §4.1.3.1: each field with its own size, 64-bit ones also in halves. */
    void write(int offset, int size, long value) {
        if (offset >= QUEUE_ADDRESSES) {
            writeAddress(offset, size, value);
        } else if (offset < CONFIG_VECTOR) {
            if (size == 4) {
                writeFeatures(offset, (int) value);
            }
        } else if (offset == STATUS) {
            if (size == 1) {
                actions.statusWritten((int) value & 0xff);
            }
        } else if (size == 2) {
            writeHalfWord(offset, (int) value & 0xffff);
        }
    }

    private void writeFeatures(int offset, int value) {
        if (offset == DEVICE_FEATURE_SELECT) {
            deviceFeatureSelect = value;
        } else if (offset == DRIVER_FEATURE_SELECT) {
            driverFeatureSelect = value;
        } else if (offset == DRIVER_FEATURE && (actions.status() & FEATURES_OK) == 0) {
            writeDriverFeature(value & 0xffff_ffffL);
        }
    }

    private void writeDriverFeature(long value) {
        if (driverFeatureSelect == 0) {
            driverFeatures = driverFeatures & 0xffff_ffff_0000_0000L | value;
        } else if (driverFeatureSelect == 1) {
            driverFeatures = driverFeatures & 0xffff_ffffL | value << 32;
        }
    }

    private void writeHalfWord(int offset, int value) {
        switch (offset) {
            case CONFIG_VECTOR -> configVector = vector(value);
            case QUEUE_SELECT -> queueSelect = value;
            case QUEUE_SIZE -> configurable(slot -> slot.size(value));
            case QUEUE_VECTOR -> {
                if (present()) {
                    slot().vector(vector(value));
                }
            }
            case QUEUE_ENABLE -> {
                if (value == 1) {
                    configurable(actions::queueEnabled);
                }
            }
            default -> {
                // read-only
            }
        }
    }

    /** §4.1.5.1.2.2: a vector that does not exist reads back as none. */
    private int vector(int wanted) {
        return wanted <= slots.size() ? wanted : Interrupts.NO_VECTOR;
    }

    private void writeAddress(int offset, int size, long value) {
        int area = (offset - QUEUE_ADDRESSES) >> 3;
        int shift = 8 * (offset & 7);
        if (area > 2) {
            return;
        }
        if (size == 8 && shift == 0) {
            configurable(slot -> slot.address(area, value));
        } else if (size == 4 && (shift == 0 || shift == 32)) {
            long mask = 0xffff_ffffL << shift;
            configurable(
                    slot -> slot.address(area, slot.address(area) & ~mask | value << shift & mask));
        }
    }

    private void configurable(Consumer<QueueSlot> change) {
        if (present() && !slot().enabled()) {
            change.accept(slot());
        }
    }

    private boolean present() {
        return queueSelect < slots.size();
    }

    private QueueSlot slot() {
        return present() ? slots.get(queueSelect) : absent;
    }

    void save(StateRecord.Builder into) {
        into.put("deviceFeatureSelect", deviceFeatureSelect)
                .put("driverFeatureSelect", driverFeatureSelect)
                .put("driverFeatures", driverFeatures)
                .put("queueSelect", queueSelect)
                .put("configVector", configVector);
    }

    /**
     * Looks at a state before anything is changed.
     *
     * @param id of the device, for the message
     * @throws StateException when it has features or queues that are not offered
     */
    void checkFits(StateRecord state, String id) {
        long features = state.number("driverFeatures");
        int queues = state.records("queues").size();
        if ((features & ~offered) != 0 || queues != slots.size()) {
            throw new StateException(
                    String.format(
                            "%s was saved with features %x and %d queues, but offers %x and %d:"
                                    + " configure it as it was",
                            id, features, queues, offered, slots.size()));
        }
    }

    void restore(StateRecord state) {
        deviceFeatureSelect = (int) state.number("deviceFeatureSelect");
        driverFeatureSelect = (int) state.number("driverFeatureSelect");
        driverFeatures = state.number("driverFeatures");
        queueSelect = (int) state.number("queueSelect");
        configVector = (int) state.number("configVector");
    }
}
