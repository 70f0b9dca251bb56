package org.interposer.tool.bench;

import java.util.Arrays;

/**
 * Measurements of one figure in one unit.
 *
 * @param values at least one
 */
record Samples(double... values) {
    Samples {
        if (values.length == 0) {
            throw new IllegalArgumentException("no samples");
        }
        values = values.clone();
        Arrays.sort(values);
    }

    double median() {
        int half = values.length / 2;
        return values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }

    double min() {
        return values[0];
    }

    double max() {
        return values[values.length - 1];
    }

    /**
     * Each value of this over the value of the same run of the peer; both in the order they were
     * measured.
     */
    static Samples ratios(double[] ours, double[] peers) {
        double[] ratio = new double[ours.length];
        for (int i = 0; i < ratio.length; i++) {
            ratio[i] = ours[i] / peers[i];
        }
        return new Samples(ratio);
    }
}
