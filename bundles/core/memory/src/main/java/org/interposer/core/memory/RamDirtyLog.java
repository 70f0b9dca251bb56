package org.interposer.core.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.interposer.api.memory.DirtyLog;
import org.interposer.api.memory.MemoryRegion;

/** One bit a page, region after region; marks take no lock. */
final class RamDirtyLog implements DirtyLog {
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(MemoryRegion.PAGE_SIZE);
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle BITS;

    static {
        try {
            BITS = MethodHandles.lookup().findVarHandle(RamDirtyLog.class, "bits", long[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final long[] OFF = {};

    private final RamRegion[] regions;

    /** First bit of each region, a multiple of 64, so that no word holds two regions. */
    private final int[] firstBit;

    private final int words;
    private final List<Source> sources = new ArrayList<>();
    private volatile Observer[] observers = {};

    /** Plain reads are enough: an observer is there before the guest runs. */
    private boolean observed;

    /** Opaque access only; empty while off. */
    private long[] bits = OFF;

    RamDirtyLog(RamRegion[] regions) {
        this.regions = regions;
        firstBit = new int[regions.length];
        int bit = 0;
        for (int i = 0; i < regions.length; i++) {
            firstBit[i] = bit;
            bit += (int) ((regions[i].length >>> PAGE_SHIFT) + 63) & ~63;
        }
        words = bit / 64;
    }

    @Override
    public boolean enabled() {
        return observed || keeping();
    }

    private boolean keeping() {
        return ((long[]) BITS.getOpaque(this)).length != 0;
    }

    @Override
    public synchronized void addObserver(Observer observer) {
        Observer[] more = Arrays.copyOf(observers, observers.length + 1);
        more[observers.length] = observer;
        observers = more;
        observed = true;
    }

    @Override
    public synchronized void removeObserver(Observer observer) {
        observers = Arrays.stream(observers).filter(o -> o != observer).toArray(Observer[]::new);
        observed = observers.length != 0;
    }

    @Override
    public void mark(long address, long length) {
        if (observed && length > 0) {
            for (Observer observer : observers) {
                observer.written(address, length);
            }
        }
        long[] log = (long[]) BITS.getOpaque(this);
        if (log.length == 0 || length <= 0) {
            return;
        }
        for (int i = 0; i < regions.length; i++) {
            RamRegion region = regions[i];
            long last = address + length - 1;
            if (last < address) {
                last = Long.MAX_VALUE;
            }
            long from = Math.max(address, region.base);
            long to = Math.min(last, region.end() - 1);
            if (from <= to) {
                int first = firstBit[i] + (int) ((from - region.base) >>> PAGE_SHIFT);
                int end = firstBit[i] + (int) ((to - region.base) >>> PAGE_SHIFT);
                setBits(log, first, end);
            }
        }
    }

    private static void setBits(long[] log, int first, int last) {
        for (int word = first >>> 6; word <= last >>> 6; word++) {
            long mask = -1L;
            if (word == first >>> 6) {
                mask &= -1L << first;
            }
            if (word == last >>> 6) {
                mask &= -1L >>> ~last;
            }
            if (((long) WORD.getOpaque(log, word) & mask) != mask) {
                WORD.getAndBitwiseOr(log, word, mask);
            }
        }
    }

    @Override
    public synchronized void start() {
        boolean wasOn = keeping();
        BITS.setVolatile(this, new long[words]);
        if (!wasOn) {
            sources.forEach(Source::start);
        }
    }

    @Override
    public synchronized void stop() {
        if (keeping()) {
            sources.forEach(Source::stop);
            BITS.setVolatile(this, OFF);
        }
    }

    @Override
    public synchronized long collect(RunConsumer consumer) {
        if (!keeping()) {
            return 0;
        }
        sources.forEach(source -> source.flushTo(this));
        long[] log = (long[]) BITS.getVolatile(this);
        long pages = 0;
        for (int i = 0; i < regions.length; i++) {
            pages += collect(log, i, consumer);
        }
        return pages;
    }

    private long collect(long[] log, int index, RunConsumer consumer) {
        RamRegion region = regions[index];
        long count = region.length >>> PAGE_SHIFT;
        long pages = 0;
        long runStart = -1;
        for (long page = 0; page < count; page += 64) {
            int wordIndex = (int) ((firstBit[index] + page) >>> 6);
            long word = (long) WORD.getOpaque(log, wordIndex);
            if (word != 0) {
                word = (long) WORD.getAndSet(log, wordIndex, 0L);
            }
            if (word == 0 && runStart < 0 || word == -1L && runStart >= 0) {
                pages += word == 0 ? 0 : 64;
                continue;
            }
            for (int bit = 0; bit < 64; bit++) {
                boolean dirty = (word >>> bit & 1) != 0;
                if (dirty) {
                    pages++;
                }
                if (dirty && runStart < 0) {
                    runStart = page + bit;
                } else if (!dirty && runStart >= 0) {
                    report(region, runStart, page + bit, consumer);
                    runStart = -1;
                }
            }
        }
        if (runStart >= 0) {
            report(region, runStart, count, consumer);
        }
        return pages;
    }

    private static void report(RamRegion region, long from, long to, RunConsumer consumer) {
        consumer.run(region.base + (from << PAGE_SHIFT), (to - from) << PAGE_SHIFT);
    }

    @Override
    public synchronized void addSource(Source source) {
        sources.add(source);
        if (keeping()) {
            source.start();
        }
    }

    @Override
    public synchronized void removeSource(Source source) {
        if (sources.remove(source) && keeping()) {
            source.flushTo(this);
            source.stop();
        }
    }
}
