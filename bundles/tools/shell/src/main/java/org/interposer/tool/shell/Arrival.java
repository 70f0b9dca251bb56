package org.interposer.tool.shell;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/** Waits until services that configurations promise are there, or gone. */
final class Arrival {
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(6);
    private static final long POLL_MILLIS = 10;

    private final Services.Source source;

    Arrival(Services.Source source) {
        this.source = source;
    }

    /**
     * Waits until a service of the type fits.
     *
     * @param filter over its properties, may be empty
     * @param hopeless when to wait no longer
     * @return false when none came
     */
    <T> boolean there(Class<T> type, String filter, Predicate<T> fits, BooleanSupplier hopeless)
            throws InterruptedException {
        return await(type, filter, list -> list.stream().anyMatch(fits), hopeless);
    }

    /** Waits until no service of the type fits; false when one stayed. */
    <T> boolean gone(Class<T> type, Predicate<T> fits) throws InterruptedException {
        return await(type, "", list -> list.stream().noneMatch(fits), () -> false);
    }

    private <T> boolean await(
            Class<T> type, String filter, Predicate<List<T>> done, BooleanSupplier hopeless)
            throws InterruptedException {
        long end = System.nanoTime() + LIMIT_NANOS;
        while (true) {
            try (Services services = source.open()) {
                if (done.test(services.all(type, filter))) {
                    return true;
                }
            }
            if (System.nanoTime() - end > 0 || hopeless.getAsBoolean()) {
                return false;
            }
            Thread.sleep(POLL_MILLIS);
        }
    }
}
