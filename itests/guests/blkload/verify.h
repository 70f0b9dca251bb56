/* The guest's memory of what the disk must contain, sector by sector, and the checks against it. */
#ifndef VERIFY_H
#define VERIFY_H

#include "disk.h"

struct verify {
    uint64_t first, sectors;   /* the region */
    uint64_t run;              /* tells this run's sectors from an earlier one's */
    uint32_t *generation;      /* per sector: last acknowledged; GENERATION_* otherwise */
    uint32_t last_generation;
    uint64_t mismatches, unverified, checked;
};

enum { GENERATION_UNKNOWN = 0, GENERATION_ZERO = 0xffffffff };

void verify_open(struct verify *v, uint64_t first, uint64_t sectors);

/* Before a write leaves: a new generation and the contents. Before a read: poison. */
void verify_prepare(struct verify *v, struct slot *s);

/* After a request: what the disk must hold from now on; a read is checked. */
void verify_complete(struct verify *v, const struct slot *s, bool failed);

static inline bool verify_knows(const struct verify *v, uint64_t sector) {
    return v->generation[sector - v->first] != GENERATION_UNKNOWN;
}

#endif
