/* virtio-blk with a fixed number of request slots per queue. */
#ifndef DISK_H
#define DISK_H

#include "../common/virtio.h"

#define SECTOR 512
#define VECTOR_DISK 0x40

enum op { OP_READ = 0, OP_WRITE = 1, OP_FLUSH = 4, OP_DISCARD = 11, OP_ZERO = 13 };
enum { F_SEG_MAX = 2, F_READ_ONLY = 5, F_FLUSH = 9, F_QUEUES = 12, F_DISCARD = 13, F_ZERO = 14 };

struct slot {
    enum op op;
    uint16_t head;
    bool busy;
    uint32_t bytes;
    uint64_t sector;
    uint64_t generation;
    uint64_t started; /* TSC */
    uint64_t data;
    volatile struct vdesc *chain;
    uint16_t chain_base; /* index of chain[0] in its table */
    struct {
        volatile uint32_t type, reserved;
        volatile uint64_t sector;
    } *header;
    volatile uint8_t *status;
    struct {
        volatile uint64_t sector;
        volatile uint32_t sectors, flags;
    } *range;
};

struct lane {
    struct virtqueue queue;
    struct slot *slots;
    uint16_t *free;
    uint32_t free_count;
    uint16_t *slot_of_head;
};

struct disk {
    struct virtio virtio;
    uint64_t sectors;
    uint32_t lanes, depth, segments, block;
    struct lane *lane;
};

/* Parameters: dev bars queues depth segs bs indirect event_idx irq. */
void disk_open(struct disk *d);

static inline bool disk_has(const struct disk *d, int feature) {
    return d->virtio.features & FEATURE(feature);
}

/* Adds the request that the slot describes to its queue. */
void disk_start(const struct disk *d, struct lane *l, struct slot *s);

/* The next completed slot of the queue, or none; `length` gets the used length. */
struct slot *disk_finished(struct lane *l, uint32_t *length);

static inline void disk_release(struct lane *l, struct slot *s) {
    s->busy = false;
    l->free[l->free_count++] = s - l->slots;
}

#endif
