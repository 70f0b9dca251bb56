/* Latencies in TSC ticks: 16 linear buckets per power of two, so a percentile is at most 6.25 % high. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS (64 * 16)

struct histogram {
    uint64_t count, max;
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

static inline void histogram_add(struct histogram *h, uint64_t v) {
    uint32_t power = 63 - __builtin_clzll(v | 16);
    h->buckets[(power - 4) * 16 + (v >> (power - 4))]++;
    h->count++;
    if (v > h->max) {
        h->max = v;
    }
}

/* Upper end of the bucket that holds the value below which `per_mille` thousandths lie. */
uint64_t histogram_percentile(const struct histogram *h, uint64_t per_mille);

#endif
