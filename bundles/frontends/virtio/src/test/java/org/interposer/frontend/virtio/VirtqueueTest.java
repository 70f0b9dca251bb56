package org.interposer.frontend.virtio;

import static org.interposer.frontend.virtio.testkit.GuestRing.Part.in;
import static org.interposer.frontend.virtio.testkit.GuestRing.Part.out;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.interposer.frontend.virtio.testkit.FakeMemory;
import org.interposer.frontend.virtio.testkit.GuestRing;
import org.junit.jupiter.api.Test;

final class VirtqueueTest {
    private static final int SIZE = 8;
    private static final long BUFFER = 0x10_0000;
    private static final long BASE = 0x1000;

    private final FakeMemory memory = new FakeMemory(4 << 20);
    private final DescriptorChain[] batch = new DescriptorChain[SIZE];
    private int interrupts;
    private GuestRing ring = new GuestRing(memory, BASE, SIZE, false);
    private Virtqueue queue = open(Features.INDIRECT_DESC);

    private Virtqueue open(long features) {
        try {
            return Virtqueue.open(
                    memory,
                    ring.addresses(),
                    features,
                    SIZE,
                    () -> interrupts++,
                    new QueueMetrics());
        } catch (QueueError e) {
            throw new AssertionError(e);
        }
    }

    private void useEventIndex() {
        ring = new GuestRing(memory, BASE, SIZE, true);
        queue = open(Features.EVENT_IDX | Features.INDIRECT_DESC);
    }

    private void serveAll() throws QueueError {
        int count = queue.pop(batch);
        for (int i = 0; i < count; i++) {
            queue.push(batch[i], 0);
        }
        queue.publish();
    }

    private String refusal() {
        return assertThrows(QueueError.class, () -> queue.pop(batch)).getMessage();
    }

    @Test
    void aChainArrivesAsReadableAndWritableSlices() throws QueueError {
        memory.poke(BUFFER, new byte[] {1, 2, 3, 4, 5});
        int head = ring.add(out(BUFFER, 2), out(BUFFER + 2, 3), in(BUFFER + 0x1000, 100));

        assertEquals(1, queue.pop(batch));

        assertEquals(head, batch[0].head());
        assertEquals(5, batch[0].readable().bytes());
        assertEquals(100, batch[0].writable().bytes());
        byte[] copy = new byte[5];
        batch[0].readable().copyTo(0, copy, 0, 5);
        assertEquals(5, copy[4]);
    }

    @Test
    void aTableOfDescriptorsIsTheSameAsAChain() throws QueueError {
        ring.addIndirect(out(BUFFER, 16), in(BUFFER + 0x1000, 4096), in(BUFFER + 0x3000, 1));

        queue.pop(batch);

        assertEquals(16, batch[0].readable().bytes());
        assertEquals(4097, batch[0].writable().bytes());
        assertEquals(BUFFER + 0x3000, batch[0].writable().guestAddress(1));
    }

    @Test
    void aTableMayFollowOrdinaryDescriptors() throws QueueError {
        ring.addIndirect(in(BUFFER, 1));
        ring.descriptor(7, BUFFER, 16, GuestRing.NEXT, 0);
        GuestRing other = ring;
        other.offer(7);

        queue.pop(new DescriptorChain[1]);
        queue.pop(batch);

        assertEquals(16, batch[0].readable().bytes());
        assertEquals(1, batch[0].writable().bytes());
    }

    @Test
    void oneStoreAndOneInterruptShowAWholeBatch() throws QueueError {
        for (int i = 0; i < 5; i++) {
            ring.add(in(BUFFER + 64 * i, 64));
        }
        assertEquals(5, queue.pop(batch));
        for (int i = 4; i >= 0; i--) {
            queue.push(batch[i], 10 + i);
        }
        assertEquals(0, ring.usedIndex(), "nothing is visible before publish");

        queue.publish();

        assertEquals(5, ring.usedIndex());
        assertEquals(1, interrupts);
        assertEquals(Optional.of(new GuestRing.Used(4, 14)), ring.poll());
        assertEquals(1, queue.metrics().batches());
        assertEquals(5, queue.metrics().requests());
    }

    @Test
    void chainsAreShownOneByOneAndInterruptOnce() throws QueueError {
        ring.add(in(BUFFER, 64));
        ring.add(in(BUFFER + 64, 64));
        queue.pop(batch);
        queue.push(batch[0], 1);
        queue.show();
        assertEquals(1, ring.usedIndex());
        assertEquals(0, interrupts);

        queue.push(batch[1], 1);
        queue.show();
        queue.publish();

        assertEquals(2, ring.usedIndex());
        assertEquals(1, interrupts);
        assertEquals(1, queue.metrics().batches());
        assertEquals(2, queue.metrics().requests());
    }

    @Test
    void aDriverThatFoundTheShownChainsByItselfIsNotInterrupted() throws QueueError {
        useEventIndex();
        ring.add(in(BUFFER, 64));
        queue.pop(batch);
        queue.push(batch[0], 1);
        queue.show();
        ring.poll();
        ring.interruptAtNext();

        queue.publish();

        assertEquals(0, interrupts);
    }

    @Test
    void noInterruptIsSentWhileTheDriverWantsNone() throws QueueError {
        ring.noInterrupts(true);
        ring.add(in(BUFFER, 1));
        serveAll();
        assertEquals(0, interrupts);

        ring.noInterrupts(false);
        ring.add(in(BUFFER, 1));
        serveAll();
        assertEquals(1, interrupts);
    }

    @Test
    void withTheEventIndexOnlyTheElementThatTheDriverNamedInterrupts() throws QueueError {
        useEventIndex();
        ring.interruptAt(2);
        for (int i = 0; i < 5; i++) {
            ring.add(in(BUFFER, 1));
            serveAll();
            assertEquals(i < 2 ? 0 : 1, interrupts, "after element " + i);
        }
    }

    @Test
    void theEventIndexWorksAcrossTheWrapOfTheIndexes() throws QueueError {
        useEventIndex();
        int expected = 0;
        for (int i = 0; i < 70_000; i++) {
            if (i % 7 == 0) {
                ring.interruptAtNext();
                expected++;
            }
            ring.add(in(BUFFER, 1));
            serveAll();
            ring.poll();
        }
        assertEquals(expected, interrupts);
    }

    @Test
    void theDriverIsAskedNotToKickWhileTheDeviceWorks() throws QueueError {
        queue.disableNotifications();
        ring.add(in(BUFFER, 1));
        assertFalse(ring.kickWanted());

        assertTrue(queue.enableNotifications(), "a chain came meanwhile");
        serveAll();
        assertFalse(queue.enableNotifications());
        ring.add(in(BUFFER, 1));
        assertTrue(ring.kickWanted());
    }

    @Test
    void withTheEventIndexKicksAreWantedOnlyAfterEnabling() throws QueueError {
        useEventIndex();
        ring.add(in(BUFFER, 1));
        assertTrue(ring.kickWanted());
        queue.disableNotifications();
        serveAll();
        ring.add(in(BUFFER, 1));
        assertFalse(ring.kickWanted());
        serveAll();
        assertFalse(queue.enableNotifications());
        ring.add(in(BUFFER, 1));
        assertTrue(ring.kickWanted());
    }

    @Test
    void unpoppedChainsComeAgainInTheSameOrder() throws QueueError {
        for (int i = 0; i < 4; i++) {
            ring.add(in(BUFFER + i, 1));
        }
        queue.pop(batch);
        DescriptorChain second = batch[1];

        queue.unpop(batch, 1, 4);
        queue.push(batch[0], 1);
        queue.publish();

        assertTrue(queue.hasAvailable());
        assertEquals(3, queue.pop(batch));
        assertSame(second, batch[0]);
        assertEquals(BUFFER + 1, batch[0].writable().guestAddress(0));
    }

    @Test
    void aRestoredQueueGoesOnWhereTheSavedOneWas() throws QueueError {
        for (int i = 0; i < 3; i++) {
            ring.add(in(BUFFER, 1));
            serveAll();
            ring.poll();
        }
        int waiting = ring.add(in(BUFFER, 1));
        int popped = ring.add(in(BUFFER + 5, 1));
        queue.pop(batch);

        Virtqueue other = open(0);
        other.restore(queue.nextAvailable(), queue.nextUsed());
        DescriptorChain again = other.take(popped);

        assertNotSame(batch[1], again);
        assertEquals(BUFFER + 5, again.writable().guestAddress(0));
        assertFalse(other.hasAvailable());
        other.push(again, 1);
        other.publish();
        assertEquals(Optional.of(new GuestRing.Used(popped, 1)), ring.poll());
        other.push(other.take(waiting), 1);
        other.publish();
        assertEquals(Optional.of(new GuestRing.Used(waiting, 1)), ring.poll());
    }

    @Test
    void whatTheDeviceWroteIsMarkedDirty() throws QueueError {
        memory.dirtyLog().start();
        ring.add(out(BUFFER, 16), in(BUFFER + 0x1000, 4096));
        queue.pop(batch);
        queue.push(batch[0], 4096);
        queue.publish();

        assertFalse(memory.dirtyLog().marked(BUFFER));
        assertTrue(memory.dirtyLog().marked(BUFFER + 0x1000));
        assertTrue(memory.dirtyLog().marked(ring.addresses().used()));
    }

    @Test
    void aLoopIsRefused() {
        ring.descriptor(0, BUFFER, 1, GuestRing.NEXT, 1);
        ring.descriptor(1, BUFFER, 1, GuestRing.NEXT, 0);
        ring.offer(0);
        assertTrue(refusal().contains("loops"));
    }

    @Test
    void aLoopInsideATableIsRefused() {
        ring.addIndirect(in(BUFFER, 1));
        long table = 0x2000;
        ring.descriptor(0, table, 32, GuestRing.INDIRECT, 0);
        memory.poke(table + 8, (byte) 1, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 0);
        assertTrue(refusal().contains("loops"));
    }

    @Test
    void aHeadOutsideTheTableIsRefused() {
        ring.offer(SIZE);
        assertTrue(refusal().contains("descriptor 8 of 8"));
    }

    @Test
    void aNextIndexOutsideTheTableIsRefused() {
        ring.descriptor(0, BUFFER, 1, GuestRing.NEXT, 4711);
        ring.offer(0);
        assertTrue(refusal().contains("descriptor 4711 of 8"));
    }

    @Test
    void buffersOutsideMemoryAreRefused() {
        for (long address : new long[] {4 << 20, -1L, Long.MIN_VALUE, (4 << 20) - 8}) {
            ring = new GuestRing(memory, BASE, SIZE, false);
            ring.jumpTo(0);
            queue = open(0);
            ring.descriptor(0, address, 64, 0, 0);
            ring.offer(0);
            assertTrue(refusal().contains("outside RAM"));
        }
    }

    @Test
    void emptyDescriptorsAreRefused() {
        ring.descriptor(0, BUFFER, 0, 0, 0);
        ring.offer(0);
        assertTrue(refusal().contains("0 bytes"));
    }

    @Test
    void readableBehindWritableIsRefused() {
        ring.add(in(BUFFER, 1), out(BUFFER, 1));
        assertTrue(refusal().contains("behind a writable"));
    }

    @Test
    void aTableInsideATableIsRefused() {
        ring.addIndirect(in(BUFFER, 1));
        long table = 0x2000;
        ring.descriptor(0, table, 16, GuestRing.INDIRECT, 0);
        memory.poke(table + 8, (byte) 16, (byte) 0, (byte) 0, (byte) 0, (byte) 4, (byte) 0);
        assertTrue(refusal().contains("inside an indirect"));
    }

    @Test
    void aTableWithANextDescriptorIsRefused() {
        ring.descriptor(0, BUFFER, 16, GuestRing.INDIRECT | GuestRing.NEXT, 1);
        ring.offer(0);
        assertTrue(refusal().contains("with a next one"));
    }

    @Test
    void aTableOfABrokenLengthIsRefused() {
        ring.descriptor(0, BUFFER, 17, GuestRing.INDIRECT, 0);
        ring.offer(0);
        assertTrue(refusal().contains("17 bytes"));
    }

    @Test
    void aTableThatWasNotNegotiatedIsRefused() {
        queue = open(0);
        ring.addIndirect(in(BUFFER, 1));
        assertTrue(refusal().contains("VIRTIO_F_INDIRECT_DESC"));
    }

    @Test
    void anAvailableIndexThatJumpsTooFarIsRefused() {
        ring.jumpTo(SIZE + 1);
        assertTrue(refusal().contains("jumped by 9 of 8"));
    }

    @Test
    void aChainThatIsOfferedTwiceIsRefused() throws QueueError {
        int head = ring.add(in(BUFFER, 1));
        queue.pop(batch);
        ring.offer(head);
        assertTrue(refusal().contains("in use"));
    }

    @Test
    void goodChainsInFrontOfABrokenOneAreServed() throws QueueError {
        ring.add(in(BUFFER, 1));
        ring.offer(SIZE);
        assertEquals(1, queue.pop(batch));
        refusal();
    }

    @Test
    void ringsOutsideMemoryOrMisalignedAreRefused() {
        QueueAddresses good = ring.addresses();
        long far = 1L << 40;
        refuse(new QueueAddresses(SIZE, far, good.available(), good.used()));
        refuse(new QueueAddresses(SIZE, good.descriptors() + 8, good.available(), good.used()));
        refuse(new QueueAddresses(SIZE, good.descriptors(), good.available() + 1, good.used()));
        refuse(new QueueAddresses(SIZE, good.descriptors(), good.available(), good.used() + 2));
        refuse(new QueueAddresses(SIZE, good.descriptors(), good.available(), (4 << 20) - 4));
        refuse(new QueueAddresses(SIZE - 1, BASE, good.available(), good.used()));
    }

    private void refuse(QueueAddresses at) {
        assertThrows(
                QueueError.class,
                () -> Virtqueue.open(memory, at, 0, SIZE, () -> {}, new QueueMetrics()));
    }
}
