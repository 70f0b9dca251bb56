package org.interposer.core.boot;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.interposer.api.boot.BootException;
import org.interposer.api.boot.E820;
import org.interposer.api.memory.GuestMemory;

/** What lies where in guest RAM while a kernel is loaded; nothing is placed over anything else. */
final class Placement {
    private static final int ZEROES = 1 << 20;

    private record Range(long start, long end, String what) {}

    private final GuestMemory memory;
    private final List<Range> taken = new ArrayList<>();

    Placement(GuestMemory memory) {
        this.memory = memory;
        taken.add(new Range(0, 0x1000, "the first page"));
        taken.add(new Range(E820.CONVENTIONAL_END, 1 << 20, "the platform's tables"));
    }

    GuestMemory memory() {
        return memory;
    }

    /** Whether a range is RAM and free. */
    boolean isFree(long start, long length) {
        return memory.isRam(start, length) && conflict(start, start + length).isEmpty();
    }

    /** Takes a range at a fixed address. */
    void claim(ImageFile image, String what, long start, long length) throws BootException {
        if (!memory.isRam(start, length)) {
            throw image.error(
                    "wants its "
                            + what
                            + " at "
                            + range(start, length)
                            + ", which is not RAM: give the machine more memory");
        }
        Optional<Range> conflict = conflict(start, start + length);
        if (conflict.isPresent()) {
            throw image.error(
                    "wants its "
                            + what
                            + " at "
                            + range(start, length)
                            + ", where "
                            + conflict.get().what()
                            + " is: link it elsewhere, at 1 MiB or above");
        }
        take(start, length, what);
    }

    /** Takes the lowest free range in conventional memory, or else behind everything taken. */
    long low(String what, long length, long alignment) throws BootException {
        for (long from = 0; from < 1L << 32; ) {
            long start = align(from, alignment);
            Optional<Range> conflict = conflict(start, start + length);
            if (conflict.isEmpty()) {
                if (!memory.isRam(start, length)) {
                    break;
                }
                take(start, length, what);
                return start;
            }
            from = conflict.get().end();
        }
        throw new BootException(
                "no room for "
                        + what
                        + " ("
                        + length
                        + " bytes) below 4 GiB: give the machine more memory");
    }

    /**
     * Takes the highest free range in RAM that ends at or below {@code limit}; used for what a
     * kernel wants out of its way.
     */
    Optional<Long> high(String what, long length, long alignment, long limit) {
        long end = Math.min(limit, lowRamEnd());
        while (end >= length) {
            long start = (end - length) & -alignment;
            Optional<Range> conflict = conflict(start, start + length);
            if (conflict.isEmpty()) {
                if (start < 1 << 20 || !memory.isRam(start, length)) {
                    return Optional.empty();
                }
                take(start, length, what);
                return Optional.of(start);
            }
            end = conflict.get().start();
        }
        return Optional.empty();
    }

    /** Places bytes low in memory. */
    long put(String what, byte[] content, long alignment) throws BootException {
        long at = low(what, Math.max(1, content.length), alignment);
        write(at, content);
        return at;
    }

    /** Places a zero-terminated string low in memory. */
    long put(String what, String text) throws BootException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        byte[] terminated = Arrays.copyOf(bytes, bytes.length + 1);
        return put(what, terminated, 16);
    }

    /** Writes to a range that is taken. */
    void write(long address, byte[] content) throws BootException {
        if (!memory.write(address, content, 0, content.length)) {
            throw new BootException("guest memory at " + ImageFile.hex(address) + " is not RAM");
        }
    }

    /** Clears a range that is taken; after a reset it holds what was there before. */
    void clear(long address, long length) throws BootException {
        byte[] zeroes = new byte[(int) Math.min(ZEROES, length)];
        for (long done = 0; done < length; done += zeroes.length) {
            int part = (int) Math.min(zeroes.length, length - done);
            if (!memory.write(address + done, zeroes, 0, part)) {
                throw new BootException(
                        "guest memory at " + ImageFile.hex(address + done) + " is not RAM");
            }
        }
    }

    /** End of the RAM that begins at address 0. */
    long lowRamEnd() {
        return memory.regions().isEmpty() ? 0 : memory.regions().get(0).end();
    }

    /** Smallest multiple of a power of two that is not below a value. */
    static long align(long value, long alignment) {
        return (value + alignment - 1) & -alignment;
    }

    private Optional<Range> conflict(long start, long end) {
        return taken.stream()
                .filter(r -> start < r.end() && r.start() < end)
                .min(Comparator.comparingLong(Range::start));
    }

    private void take(long start, long length, String what) {
        taken.add(new Range(start, start + length, what));
    }

    private static String range(long start, long length) {
        return ImageFile.hex(start) + "–" + ImageFile.hex(start + length - 1);
    }
}
