package org.interposer.api.block;

import org.interposer.api.memory.MemorySlices;

/**
 * One block request, pooled by whoever makes it. It travels down the chain and comes back up
 * through the completions that the stages pushed, in reverse order. At any time one stage owns it;
 * handing it on gives the ownership away. Nothing here allocates after construction.
 */
public final class BlockRequest {
    /** Most completions at a time: the number of stages that watch a request. */
    public static final int MAX_COMPLETIONS = 16;

    private final BlockCompletion[] completions = new BlockCompletion[MAX_COMPLETIONS];
    private final long[] cookies = new long[MAX_COMPLETIONS];
    private final MemorySlices data;
    private int depth;
    private BlockOperation operation = BlockOperation.FLUSH;
    private long sector;
    private long sectors;
    private boolean unmap;

    /** For {@link BlockRequestQueue}: what follows in the queue it is in. */
    BlockRequest next;

    /** For {@link BlockRequestQueue}: whether it is in a queue. */
    boolean queued;

    /**
     * An empty request.
     *
     * @param maxSlices most pieces its data may have
     */
    public BlockRequest(int maxSlices) {
        data = new MemorySlices(maxSlices);
    }

    /**
     * Starts over: no data, no completions.
     *
     * @param operation what to do
     * @param sector first sector; 0 for FLUSH
     * @param sectors number of sectors; 0 for FLUSH; for READ and WRITE the data must have {@code
     *     sectors * 512} bytes
     */
    public void start(BlockOperation operation, long sector, long sectors) {
        this.operation = operation;
        this.sector = sector;
        this.sectors = sectors;
        this.unmap = false;
        this.depth = 0;
        data.clear();
    }

    /** WRITE_ZEROES: the sectors may be deallocated. */
    public void unmap(boolean allowed) {
        unmap = allowed;
    }

    /** What to do. */
    public BlockOperation operation() {
        return operation;
    }

    /** First sector, in units of 512 bytes. */
    public long sector() {
        return sector;
    }

    /** Number of sectors. */
    public long sectors() {
        return sectors;
    }

    /** Bytes the sectors have. */
    public long bytes() {
        return sectors * BlockGeometry.SECTOR;
    }

    /** Whether WRITE_ZEROES may deallocate. */
    public boolean unmap() {
        return unmap;
    }

    /** Guest memory to read from or write to; empty for the other operations. */
    public MemorySlices data() {
        return data;
    }

    /**
     * Whether the range lies inside a disk and the data fits it.
     *
     * @param capacity of the disk in sectors
     */
    public boolean fits(long capacity) {
        boolean transfers = operation == BlockOperation.READ || operation == BlockOperation.WRITE;
        return sector >= 0
                && sectors >= 0
                && sectors <= capacity - sector
                && (!transfers || data.bytes() == bytes());
    }

    /**
     * Asks to see the completion; called by a stage before it passes the request down.
     *
     * @param cookie given back with the completion
     */
    public void push(BlockCompletion completion, long cookie) {
        completions[depth] = completion;
        cookies[depth++] = cookie;
    }

    /** Takes back the last {@link #push}, by the stage that pushed and still owns the request. */
    public void pop() {
        completions[--depth] = null;
    }

    /**
     * Gives the request, with its result, to the stage that pushed last. The caller no longer owns
     * it.
     */
    public void complete(BlockStatus status) {
        BlockCompletion completion = completions[--depth];
        completions[depth] = null;
        completion.completed(this, status, cookies[depth]);
    }
}
