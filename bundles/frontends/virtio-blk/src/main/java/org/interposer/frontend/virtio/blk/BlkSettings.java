package org.interposer.frontend.virtio.blk;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.interposer.api.block.PortPolicy;
import org.interposer.api.block.PortSpec;
import org.interposer.frontend.virtio.VirtioOptions;
import org.interposer.frontend.virtio.Virtqueue;

/**
 * A checked configuration.
 *
 * @param queues request queues, 0 for a number that suits the machine
 * @param serial at most 20 bytes
 * @param pollNanos 0 for none
 */
record BlkSettings(
        String machine,
        String id,
        List<String> chain,
        int queues,
        int queueSize,
        String serial,
        PortPolicy policy,
        long pollNanos,
        OptionalInt slot) {
    static final int SERIAL_BYTES = 20;
    private static final int MOST_DEFAULT_QUEUES = 4;
    private static final int MOST_QUEUES = 64;

    /** A request needs at least header, status and one piece of data. */
    private static final int LEAST_SIZE = 4;

    BlkSettings {
        chain = List.copyOf(chain);
        require(!chain.isEmpty(), id, "chain is empty: name at least a back-end");
        require(
                queues >= 0 && queues <= MOST_QUEUES,
                id,
                "queues=" + queues + ": choose 1 to " + MOST_QUEUES + ", or 0");
        require(
                Integer.bitCount(queueSize) == 1
                        && queueSize >= LEAST_SIZE
                        && queueSize <= Virtqueue.MAX_SIZE,
                id,
                "queueSize=" + queueSize + ": choose a power of two from 4 to 1024");
        require(
                serial.getBytes(StandardCharsets.UTF_8).length <= SERIAL_BYTES,
                id,
                "serial '" + serial + "' is longer than 20 bytes: shorten it");
    }

    static BlkSettings of(BlkConfig config) {
        require(
                config.holdLimitMs() >= 0,
                config.id(),
                "holdLimitMs is negative: choose 0 or more");
        require(
                config.drainLimitMs() > 0,
                config.id(),
                "drainLimitMs is not positive: choose 1 or more");
        require(config.pollMicros() >= 0, config.id(), "pollMicros is negative: choose 0 or more");
        require(
                config.id() != null && config.machine() != null,
                String.valueOf(config.id()),
                "id or machine is missing: set both");
        return new BlkSettings(
                config.machine(),
                config.id(),
                stages(config),
                config.queues(),
                config.queueSize(),
                config.serial().isEmpty() ? shortened(config.id()) : config.serial(),
                new PortPolicy(
                        Duration.ofMillis(config.holdLimitMs()),
                        config.afterLimit(),
                        Duration.ofMillis(config.drainLimitMs())),
                config.pollMicros() * 1_000,
                config.pciSlot() < 0 ? OptionalInt.empty() : OptionalInt.of(config.pciSlot()));
    }

    /** A list of ids, or one text with commas, as a line of a .cfg file has it. */
    private static List<String> stages(BlkConfig config) {
        require(config.chain() != null, config.id(), "chain is missing: name at least a back-end");
        return Stream.of(config.chain())
                .flatMap(each -> Stream.of(each.split(",")))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }

    private static String shortened(String id) {
        return id.length() <= SERIAL_BYTES ? id : id.substring(0, SERIAL_BYTES);
    }

    private static void require(boolean good, String id, String problem) {
        if (!good) {
            throw new IllegalArgumentException(id + ": " + problem);
        }
    }

    /** The same over another chain. */
    BlkSettings with(List<String> other) {
        return new BlkSettings(
                machine, id, other, queues, queueSize, serial, policy, pollNanos, slot);
    }

    /**
     * The same for a machine: a queue a vCPU, where the host has processors for so many threads.
     */
    BlkSettings on(int vcpus) {
        int processors = Runtime.getRuntime().availableProcessors();
        int chosen =
                queues > 0 ? queues : Math.min(MOST_DEFAULT_QUEUES, Math.min(vcpus, processors));
        return new BlkSettings(
                machine, id, chain, chosen, queueSize, serial, policy, pollNanos, slot);
    }

    PortSpec port() {
        return new PortSpec(machine, id, chain, policy);
    }

    VirtioOptions transport() {
        return new VirtioOptions(slot, pollNanos, policy.drainLimit());
    }
}
