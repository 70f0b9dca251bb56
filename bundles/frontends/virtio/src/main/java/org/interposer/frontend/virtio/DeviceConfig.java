package org.interposer.frontend.virtio;

/**
 * The device configuration structure (virtio 1.2 §4.1.4.6). Content and generation change together,
 * so that a driver that sees the same generation before and after has read one content
 * (§4.1.4.3.1).
 */
final class DeviceConfig {
    private record Content(byte[] bytes, int generation) {}

    private volatile Content content;

    DeviceConfig(byte[] bytes) {
        content = new Content(bytes, 0);
    }

    int generation() {
        return content.generation();
    }

    /** One writer at a time. */
    void set(byte[] bytes) {
        content = new Content(bytes, content.generation() + 1);
    }

    void restoreGeneration(int generation) {
        content = new Content(content.bytes(), generation);
    }

    long read(int offset, int size) {
        byte[] bytes = content.bytes();
        long value = 0;
        for (int i = size - 1; i >= 0; i--) {
            int at = offset + i;
            value = value << 8 | (at < bytes.length ? bytes[at] & 0xff : 0);
        }
        return value;
    }
}
