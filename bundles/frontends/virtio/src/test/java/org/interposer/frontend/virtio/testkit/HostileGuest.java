package org.interposer.frontend.virtio.testkit;

import java.util.Random;
import org.interposer.frontend.virtio.QueueAddresses;

/**
 * A guest that means harm, made from a seed: writes anything into rings, tables, registers and
 * configuration space. It starts from a device that its driver has set up properly.
 */
public final class HostileGuest {
    private static final long[] ODD_ADDRESSES = {
        0,
        1,
        -1,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        -4096,
        0xC000_0000L,
        0xFEE0_0000L,
        1L << 32,
        0xffff_fff0L
    };
    private static final int[] ODD_LENGTHS = {
        0, 1, 15, 16, 17, 511, 512, 4096, 0x10_0000, Integer.MAX_VALUE, Integer.MIN_VALUE, -1, -16
    };

    private final Random random;
    private final FakeMemory memory;
    private final FakeFunction function;
    private final VirtioDriver driver;
    private final int queues;
    private final int size;

    /** Over a started device with so many queues of so many descriptors. */
    public HostileGuest(
            long seed,
            FakeMemory memory,
            FakeFunction function,
            VirtioDriver driver,
            int queues,
            int size) {
        this.random = new Random(seed);
        this.memory = memory;
        this.function = function;
        this.driver = driver;
        this.queues = queues;
        this.size = size;
    }

    /** Does so many bad things. */
    public void act(int times) {
        for (int i = 0; i < times; i++) {
            int queue = random.nextInt(queues);
            GuestRing ring = driver.ring(queue);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> descriptor(ring);
                case 3 -> ring.offer(random.nextInt(4) == 0 ? random.nextInt(65536) : any());
                case 4 -> ring.jumpTo(random.nextInt(65536));
                case 5 -> table(ring);
                case 6 -> register();
                case 7 -> configuration();
                case 8 -> memory.poke(ring.addresses().used() + random.nextInt(8 * size), one());
                default -> driver.ring(queue, 1 << random.nextInt(4));
            }
        }
        for (int queue = 0; queue < queues; queue++) {
            driver.ring(queue, 2);
        }
    }

    private int any() {
        return random.nextInt(size);
    }

    private byte one() {
        return (byte) random.nextInt(256);
    }

    private long address() {
        return switch (random.nextInt(4)) {
            case 0 -> ODD_ADDRESSES[random.nextInt(ODD_ADDRESSES.length)];
            case 1 -> memory.ramBytes() - random.nextInt(8192);
            default -> random.nextInt((int) memory.ramBytes());
        };
    }

    private int length() {
        return random.nextBoolean()
                ? ODD_LENGTHS[random.nextInt(ODD_LENGTHS.length)]
                : 1 + random.nextInt(8192);
    }

    private int flags() {
        return random.nextInt(8) == 0 ? random.nextInt(65536) : random.nextInt(8);
    }

    private int next() {
        return random.nextInt(8) == 0 ? random.nextInt(65536) : any();
    }

    private void descriptor(GuestRing ring) {
        ring.descriptor(any(), address(), length(), flags(), next());
    }

    /** A table somewhere in memory and a descriptor that points to it. */
    private void table(GuestRing ring) {
        int entries = 1 + random.nextInt(8);
        long at = random.nextInt((int) memory.ramBytes() / 2) & ~15L;
        byte[] bytes = new byte[16 * entries];
        for (int i = 0; i < entries; i++) {
            put(bytes, 16 * i, 8, address());
            put(bytes, 16 * i + 8, 4, length());
            put(bytes, 16 * i + 12, 2, flags());
            put(bytes, 16 * i + 14, 2, next() % (entries + 1));
        }
        memory.poke(at, bytes);
        int head = any();
        ring.descriptor(head, at, 16 * entries, GuestRing.INDIRECT, 0);
        ring.offer(head);
    }

    private static void put(byte[] bytes, int at, int count, long value) {
        for (int i = 0; i < count; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }

    private void register() {
        int width = 1 << random.nextInt(4);
        long offset = random.nextBoolean() ? random.nextInt(0x40) : random.nextInt(0x4000);
        if (random.nextBoolean()) {
            function.guest().read(4, offset, width);
        } else {
            long value = random.nextBoolean() ? random.nextInt(70000) : random.nextLong();
            function.guest().write(4, offset, width, value);
        }
    }

    private void configuration() {
        int offset = random.nextInt(256 / 4) * 4;
        if (random.nextBoolean()) {
            offset = driver.capability(5) + 4 * random.nextInt(5);
        }
        if (random.nextBoolean()) {
            function.guest().setConfig(offset, 4, random.nextInt(3) * random.nextInt());
        } else {
            function.guest().config(offset, 1 << random.nextInt(3));
        }
    }

    /** Breaks one rule of the ring in such a way that the device must notice. */
    public void breakRing(int queue) {
        GuestRing ring = driver.ring(queue);
        int head = any();
        switch (random.nextInt(8)) {
            case 0 -> ring.descriptor(head, 0x1000, 1, GuestRing.NEXT, head);
            case 1 -> ring.descriptor(head, memory.ramBytes() - 8, 9, random.nextInt(2) * 2, 0);
            case 2 -> ring.descriptor(head, random.nextInt(4096), 0, 0, 0);
            case 3 -> ring.descriptor(head, 0, 1, GuestRing.NEXT, size + random.nextInt(1000));
            case 4 -> ring.descriptor(head, address(), 16 * any() + 8, GuestRing.INDIRECT, 0);
            case 5 -> ring.descriptor(head, -16, 16, GuestRing.INDIRECT, 0);
            case 6 -> ring.descriptor(head, 0x1000, 16, GuestRing.INDIRECT | GuestRing.NEXT, 0);
            default -> ring.descriptor(head, Long.MAX_VALUE, 1 + random.nextInt(99), 2, 0);
        }
        if (random.nextInt(4) > 0) {
            ring.offer(head);
        } else if (random.nextBoolean()) {
            ring.offer(size + random.nextInt(65536 - size));
        } else {
            ring.jumpTo(size + 1 + random.nextInt(65536 - size - 1));
        }
        driver.ring(queue, 2);
    }

    /** Queue registers with anything in them. */
    public QueueAddresses anyAddresses() {
        return new QueueAddresses(1 << random.nextInt(12), address(), address(), address());
    }
}
