#include "histogram.h"

uint64_t histogram_percentile(const struct histogram *h, uint64_t per_mille) {
    uint64_t wanted = (h->count * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= wanted && seen) {
            uint32_t shift = i < 32 ? 0 : i / 16 - 1;
            uint64_t top = ((uint64_t)(i - 16 * shift) + 1) << shift;
            return top - 1 < h->max ? top - 1 : h->max;
        }
    }
    return h->max;
}
