package org.interposer.frontend.virtio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.interposer.api.bus.IoHandler;
import org.interposer.api.pci.BarSpec;
import org.interposer.api.pci.CapabilitySpec;
import org.interposer.api.pci.PciFunctionSpec;

/**
 * Where the structures of a device are (virtio 1.2 §4.1.4): one page each, in one 64-bit BAR, so
 * that nothing else of the device shares a page with its doorbells.
 */
final class PciLayout {
    static final int BAR = 4;
    static final int MSIX_BAR = 1;
    static final int COMMON = 0x0000;
    static final int ISR = 0x1000;
    static final int DEVICE = 0x2000;
    static final int NOTIFY = 0x3000;
    static final int SIZE = 0x4000;
    static final int PAGE = 0x1000;

    /** notify_off_multiplier: bytes between two doorbells. */
    static final int DOORBELL = 4;

    /** Position of the access capability in the list, for {@code capabilityOffset}. */
    static final int ACCESS_CAPABILITY = 4;

    /** Bytes of configuration space in front of pci_cfg_data in that capability. */
    static final int ACCESS_DATA = 16;

    private static final int VENDOR_SPECIFIC = 9;
    private static final int VENDOR = 0x1af4;
    private static final int DEVICE_BASE = 0x1040;

    private PciLayout() {}

    static PciFunctionSpec spec(
            String id, VirtioModel model, OptionalInt slot, IoHandler registers) {
        int queues = model.queues();
        return new PciFunctionSpec(
                id,
                slot,
                0,
                VENDOR,
                DEVICE_BASE + model.type(),
                // §4.1.2.1: revision 1 and subsystem ids from 0x40 say "not a legacy device".
                1,
                model.classCode(),
                VENDOR,
                0x40 + model.type(),
                1,
                List.of(new BarSpec(BAR, BarSpec.Kind.MEMORY_64, true, SIZE, registers)),
                List.of(
                        structure(1, COMMON, CommonRegisters.BYTES),
                        notification(queues),
                        structure(3, ISR, 1),
                        structure(4, DEVICE, Math.max(4, model.config().length)),
                        access()),
                queues + 1,
                MSIX_BAR);
    }

    private static CapabilitySpec structure(int type, int offset, int length) {
        byte[] body = body(type, offset, length, 14);
        return new CapabilitySpec(VENDOR_SPECIFIC, body, new byte[body.length]);
    }

    private static CapabilitySpec notification(int queues) {
        byte[] body = body(2, NOTIFY, queues * DOORBELL, 18);
        ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN).putInt(14, DOORBELL);
        return new CapabilitySpec(VENDOR_SPECIFIC, body, new byte[body.length]);
    }

    /** §4.1.4.9: the driver writes BAR, offset, length and data. */
    private static CapabilitySpec access() {
        byte[] body = body(5, 0, 0, 18);
        body[2] = 0;
        byte[] writable = new byte[body.length];
        writable[2] = (byte) 0xff;
        Arrays.fill(writable, 6, 18, (byte) 0xff);
        return new CapabilitySpec(VENDOR_SPECIFIC, body, writable);
    }

    /** struct virtio_pci_cap without its first two bytes. */
    private static byte[] body(int type, int offset, int length, int bytes) {
        return ByteBuffer.allocate(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) (bytes + 2))
                .put((byte) type)
                .put((byte) BAR)
                .put(new byte[3])
                .putInt(offset)
                .putInt(length)
                .array();
    }
}
