package org.interposer.core.pci;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.interposer.api.pci.BarSpec;
import org.interposer.api.pci.PciHostFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives every BAR that has no address one, as firmware would: memory in the 32-bit window, largest
 * first and never two in one page; ports from 0xC000. Decoding is enabled where all BARs of a kind
 * found room; bus mastering is left to the driver.
 */
final class ResourceAssigner {
    private static final Logger LOG = LoggerFactory.getLogger(ResourceAssigner.class);
    private static final long PORTS_START = 0xC000;
    private static final long PORTS_END = 0x1_0000;
    private static final long PAGE = 4096;

    private record Wish(BusFunction function, BarDecoder bar) {
        long size() {
            return bar.spec().size();
        }

        boolean io() {
            return bar.spec().kind() == BarSpec.Kind.IO;
        }

        long base() {
            return function.barBase(bar);
        }
    }

    private final List<BusFunction> functions;
    private final List<Wish> wishes = new ArrayList<>();

    ResourceAssigner(List<BusFunction> functions) {
        this.functions = functions;
        functions.forEach(f -> f.bars().forEach(bar -> wishes.add(new Wish(f, bar))));
        wishes.sort(Comparator.comparingLong(Wish::size).reversed());
    }

    void assign() {
        for (Wish wish : wishes) {
            if (wish.base() == 0) {
                Optional<Long> base =
                        wish.io()
                                ? free(wish, PORTS_START, PORTS_END, wish.size())
                                : free(
                                        wish,
                                        PciHostFactory.MMIO_WINDOW_START,
                                        PciHostFactory.MMIO_WINDOW_END,
                                        Math.max(PAGE, wish.size()));
                base.ifPresentOrElse(
                        at -> wish.function().assign(wish.bar(), at), () -> warn(wish));
            }
        }
        functions.forEach(this::enable);
    }

    private static void warn(Wish wish) {
        LOG.warn(
                "no room for BAR {} of {} ({} bytes); it stays disabled",
                wish.bar().spec().index(),
                wish.function().spec().name(),
                wish.size());
    }

    private Optional<Long> free(Wish wish, long from, long to, long step) {
        for (long base = from; base + wish.size() <= to; base += step) {
            long at = base;
            if (wishes.stream().noneMatch(w -> overlaps(w, wish, at))) {
                return Optional.of(at);
            }
        }
        return Optional.empty();
    }

    private static boolean overlaps(Wish other, Wish wish, long at) {
        long base = other.base();
        if (other.io() != wish.io() || base == 0) {
            return false;
        }
        return at < base + other.size() && base < at + wish.size();
    }

    private void enable(BusFunction function) {
        int bits = 0;
        for (boolean io : new boolean[] {true, false}) {
            List<Wish> own =
                    wishes.stream().filter(w -> w.function() == function && w.io() == io).toList();
            if (!own.isEmpty() && own.stream().allMatch(w -> w.base() != 0)) {
                bits |= io ? ConfigSpace.COMMAND_IO : ConfigSpace.COMMAND_MEMORY;
            }
        }
        if (bits != 0) {
            function.enable(bits);
        }
    }
}
