package org.interposer.api.memory;

import org.osgi.annotation.versioning.ConsumerType;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Pages written since the last collection. Off until {@link #start()}; while off, {@link #mark}
 * costs one plain read. All methods are thread-safe. Whoever starts it copies all memory
 * afterwards, so a mark that races with the start is not lost.
 */
@ProviderType
public interface DirtyLog {
    /** Whether marks are wanted: they are being kept, or somebody observes them. */
    boolean enabled();

    /**
     * Marks the pages of a range that a device has written; addresses that are not RAM are ignored.
     */
    void mark(long address, long length);

    /** Begins to keep marks, with none set, and asks the sources to do so. */
    void start();

    /** Stops and forgets. */
    void stop();

    /**
     * Reports the dirty runs and clears them.
     *
     * @return number of dirty pages reported
     */
    long collect(RunConsumer consumer);

    /** Adds what else knows of written pages, usually an engine. */
    void addSource(Source source);

    /** Removes a source. */
    void removeSource(Source source);

    /**
     * Adds somebody to be told of every mark at once, whether marks are being kept or not; marks
     * are then made in any case.
     */
    void addObserver(Observer observer);

    /** Removes an observer. */
    void removeObserver(Observer observer);

    /** Learns of writes by devices as they are marked: an engine that caches decoded code. */
    @FunctionalInterface
    @ConsumerType
    interface Observer {
        /**
         * A device has written the range. Called on the device's thread after the data is in memory
         * and before the guest is told.
         */
        void written(long address, long length);
    }

    /** Receives runs of dirty pages. */
    @FunctionalInterface
    @ConsumerType
    interface RunConsumer {
        /** A run of dirty memory; address and length in bytes, multiples of the page size. */
        void run(long address, long length);
    }

    /** An engine's own log of the pages that guest code wrote. */
    @ConsumerType
    interface Source {
        /** Marks are wanted from now on. */
        void start();

        /** Marks are no longer wanted. */
        void stop();

        /** Marks in the log what the guest wrote since the last call. */
        void flushTo(DirtyLog log);
    }
}
