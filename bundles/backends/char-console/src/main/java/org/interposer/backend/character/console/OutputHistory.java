package org.interposer.backend.character.console;

/**
 * The last output, in a ring that any number of followers read at their own pace. Positions count
 * bytes from the beginning. Thread-safe; writing never waits for a reader.
 */
final class OutputHistory {
    private final byte[] ring;
    private long end;
    private boolean closed;

    OutputHistory(int bytes) {
        ring = new byte[bytes];
    }

    synchronized void write(byte[] data, int offset, int length) {
        int skip = Math.max(0, length - ring.length);
        int from = offset + skip;
        int left = length - skip;
        end += skip;
        while (left > 0) {
            int at = (int) (end % ring.length);
            int part = Math.min(left, ring.length - at);
            System.arraycopy(data, from, ring, at, part);
            end += part;
            from += part;
            left -= part;
        }
        notifyAll();
    }

    /** Oldest position that is still there. */
    synchronized long begin() {
        return Math.max(0, end - ring.length);
    }

    /**
     * Copies output from a position on, or from the oldest there is when that is gone; waits until
     * there is some.
     *
     * @return the position behind what was copied; what was copied ends there. The same position
     *     when the history was closed and all has been read.
     */
    synchronized Chunk next(long position, byte[] into) throws InterruptedException {
        while (position >= end && !closed) {
            wait();
        }
        long from = Math.max(position, begin());
        int length = (int) Math.min(into.length, end - from);
        copy(from, into, length);
        return new Chunk(from, length);
    }

    /** Part of the output: where it begins, and bytes; none at the end of a closed history. */
    record Chunk(long from, int length) {
        long end() {
            return from + length;
        }
    }

    synchronized byte[] all() {
        byte[] copy = new byte[(int) (end - begin())];
        copy(begin(), copy, copy.length);
        return copy;
    }

    /** Ends the followers once they have read everything. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    private void copy(long from, byte[] into, int length) {
        int done = 0;
        while (done < length) {
            int at = (int) ((from + done) % ring.length);
            int part = Math.min(length - done, ring.length - at);
            System.arraycopy(ring, at, into, done, part);
            done += part;
        }
    }
}
