package org.interposer.itests.differential.generate;

/** A small, fast and seeded source of random numbers (SplitMix64). */
final class Dice {
    private long state;

    Dice(final long seed, final long index) {
        state = mix(seed * 0x9e3779b97f4a7c15L + mix(index + 0x632be59bd9b4e019L));
    }

    private static long mix(final long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    long next() {
        state += 0x9e3779b97f4a7c15L;
        return mix(state);
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(final int bound) {
        return (int) ((next() >>> 33) % bound);
    }

    boolean percent(final int chance) {
        return below(100) < chance;
    }

    int pick(final int... choices) {
        return choices[below(choices.length)];
    }

    long pick(final long... choices) {
        return choices[below(choices.length)];
    }
}
