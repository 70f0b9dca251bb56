/* A driver for virtio 1.2 over PCI with split virtqueues. */
#ifndef VIRTIO_H
#define VIRTIO_H

#include "pci.h"

#define VIRTIO_VENDOR 0x1af4
#define VIRTIO_BLK 0x1042
#define VIRTIO_BLK_TRANSITIONAL 0x1001
#define VIRTIO_RNG 0x1044
#define VIRTIO_RNG_TRANSITIONAL 0x1005

enum { F_INDIRECT = 28, F_EVENT_IDX = 29, F_VERSION_1 = 32 };
#define FEATURE(bit) (1ull << (bit))

enum { STATUS_ACKNOWLEDGE = 1, STATUS_DRIVER = 2, STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8, STATUS_NEEDS_RESET = 64 };

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

struct vdesc {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

struct vused {
    uint32_t id, length;
};

struct virtqueue {
    uint16_t index, size;
    volatile struct vdesc *desc;
    volatile uint16_t *avail; /* flags, idx, ring[size], used_event */
    volatile uint16_t *used;  /* flags, idx, then struct vused ring[size], avail_event */
    volatile struct vused *used_ring;
    volatile uint16_t *used_event;
    volatile uint16_t *avail_event;
    uint16_t next_avail, published, next_used;
    uint64_t doorbell;
    bool event_idx, want_interrupts;
    uint64_t kicks;
};

struct virtio {
    pci_address function;
    uint64_t common, device, isr, notify;
    uint32_t notify_multiplier;
    uint64_t features;
    uint16_t queues;
    struct msix msix;
};

/* Finds the device's structures, resets it and says ACKNOWLEDGE and DRIVER. */
void virtio_open(struct virtio *v, pci_address f);

/* The device's features. */
uint64_t virtio_offered(const struct virtio *v);

/* Accepts `features` (must contain VERSION_1); ends the guest when the device refuses them. */
void virtio_accept(struct virtio *v, uint64_t features);

/* Sets a queue of at most `size` descriptors up; MSI-X entry `entry`, or -1 for none. */
void virtio_queue(struct virtio *v, struct virtqueue *q, uint16_t index, uint16_t size, int entry);

void virtio_driver_ok(struct virtio *v);
uint8_t virtio_status(const struct virtio *v);

/* Puts a chain into the ring; the device sees it at the next publish. */
static inline void queue_add(struct virtqueue *q, uint16_t head) {
    q->avail[2 + (q->next_avail & (q->size - 1))] = head;
    q->next_avail++;
}

/* Publishes what was added and rings the doorbell if the device wants it (virtio 1.2 §2.7.13). */
static inline void queue_publish(struct virtqueue *q) {
    uint16_t before = q->published;
    uint16_t now = q->next_avail;
    if (before == now) {
        return;
    }
    barrier();
    q->avail[1] = now;
    q->published = now;
    full_fence();
    bool kick = q->event_idx ? (uint16_t)(now - *q->avail_event - 1) < (uint16_t)(now - before)
                             : !(q->used[0] & 1);
    if (kick) {
        q->kicks++;
        mmio_write16(q->doorbell, q->index);
    }
}

static inline bool queue_has_used(const struct virtqueue *q) {
    return q->used[1] != q->next_used;
}

/* Only after queue_has_used(). */
static inline struct vused queue_take_used(struct virtqueue *q) {
    barrier();
    volatile struct vused *e = &q->used_ring[q->next_used & (q->size - 1)];
    struct vused r = {e->id, e->length};
    q->next_used++;
    return r;
}

/* Asks for an interrupt at the next completion; look at the ring once more afterwards. */
static inline void queue_arm(struct virtqueue *q) {
    if (q->event_idx && q->want_interrupts) {
        *q->used_event = q->next_used;
        full_fence();
    }
}

#endif
