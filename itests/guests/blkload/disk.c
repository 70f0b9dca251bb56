#include "disk.h"

/* struct virtio_blk_config (virtio 1.2 §5.2.4) */
enum { CONFIG_CAPACITY = 0, CONFIG_SEG_MAX = 12, CONFIG_QUEUES = 34 };
#define CONTROL_BYTES 64
#define STATUS_UNSET 0xff

static void find(struct disk *d) {
    pci_address f;
    if (!pci_find(VIRTIO_VENDOR, VIRTIO_BLK, VIRTIO_BLK_TRANSITIONAL, param_u64("dev", 0), &f)) {
        die("no virtio-blk device number %u on PCI bus 0", param_u64("dev", 0));
    }
    if (param_is("bars", "move", "keep")) {
        pci_forget_bars(f);
    }
    virtio_open(&d->virtio, f);
}

static void negotiate(struct disk *d) {
    uint64_t wanted = FEATURE(F_VERSION_1) | FEATURE(F_SEG_MAX) | FEATURE(F_READ_ONLY) | FEATURE(F_FLUSH)
                      | FEATURE(F_QUEUES) | FEATURE(F_DISCARD) | FEATURE(F_ZERO);
    if (param_u64("indirect", 1)) {
        wanted |= FEATURE(F_INDIRECT);
    }
    if (param_u64("event_idx", 1)) {
        wanted |= FEATURE(F_EVENT_IDX);
    }
    uint64_t offered = virtio_offered(&d->virtio);
    if (!(offered & FEATURE(F_VERSION_1))) {
        die("the device does not offer VERSION_1 (features 0x%x)", offered);
    }
    virtio_accept(&d->virtio, offered & wanted);
    uint64_t config = d->virtio.device;
    d->sectors = mmio_read32(config + CONFIG_CAPACITY)
                 | (uint64_t)mmio_read32(config + CONFIG_CAPACITY + 4) << 32;
    uint32_t most = disk_has(d, F_SEG_MAX) ? mmio_read32(config + CONFIG_SEG_MAX) : 1;
    if (d->segments > most) {
        die("segs=%u, but the device takes at most %u", (uint64_t)d->segments, (uint64_t)most);
    }
    uint32_t queues = disk_has(d, F_QUEUES) ? mmio_read16(config + CONFIG_QUEUES) : 1;
    if (d->lanes > queues) {
        die("queues=%u, but the device has %u", (uint64_t)d->lanes, (uint64_t)queues);
    }
}

static void prepare_slot(const struct disk *d, struct lane *l, uint32_t i) {
    struct slot *s = &l->slots[i];
    uint32_t chain_length = d->segments + 2;
    *s = (struct slot){.data = (uint64_t)memory_take(d->block, 4096)};
    uint8_t *control = memory_take(CONTROL_BYTES, CONTROL_BYTES);
    s->header = (void *)control;
    s->range = (void *)(control + 16);
    s->status = control + 32;
    if (disk_has(d, F_INDIRECT)) {
        s->head = i;
        s->chain = memory_take(16 * chain_length, 16);
    } else {
        s->head = i * chain_length;
        s->chain = &l->queue.desc[s->head];
        s->chain_base = s->head;
    }
    l->slot_of_head[s->head] = i;
    disk_release(l, s);
}

static void prepare_lane(struct disk *d, uint32_t index, bool interrupts) {
    struct lane *l = &d->lane[index];
    uint32_t per_slot = disk_has(d, F_INDIRECT) ? 1 : d->segments + 2;
    uint32_t size = 1;
    while (size < d->depth * per_slot) {
        size <<= 1;
    }
    uint16_t cap = param_u64("qsize", 32768);
    int entry = interrupts ? (int)(index % d->virtio.msix.vectors) : -1;
    virtio_queue(&d->virtio, &l->queue, index, size < cap ? size : cap, entry);
    if (l->queue.size < d->depth * per_slot) {
        die("depth=%u needs %u descriptors, the queue has %u; lower depth or segs, or use indirect=1",
            (uint64_t)d->depth, (uint64_t)d->depth * per_slot, (uint64_t)l->queue.size);
    }
    l->slots = memory_take(d->depth * sizeof(struct slot), 64);
    l->free = memory_take(2 * d->depth, 64);
    l->slot_of_head = memory_take(2 * l->queue.size, 64);
    l->free_count = 0;
    for (uint32_t i = 0; i < l->queue.size; i++) {
        l->slot_of_head[i] = 0xffff;
    }
    for (uint32_t i = 0; i < d->depth; i++) {
        prepare_slot(d, l, i);
    }
}

void disk_open(struct disk *d) {
    d->depth = param_u64("depth", 32);
    d->lanes = param_u64("queues", 1);
    d->segments = param_u64("segs", 1);
    d->block = param_u64("bs", 4096);
    if (!d->depth || d->depth > 1024 || !d->lanes || d->lanes > 64 || !d->segments || !d->block
        || d->block > (1 << 20) || d->block % SECTOR || d->block / SECTOR % d->segments) {
        die("need depth 1-1024, queues 1-64, bs a multiple of 512 up to 1m, and segs a divisor of bs/512");
    }
    find(d);
    negotiate(d);
    bool interrupts = !param_is("irq", "none", "msix");
    if (interrupts) {
        if (!d->virtio.msix.capability) {
            die("the device has no MSI-X; use irq=none");
        }
        for (uint32_t i = 0; i < d->lanes && i < d->virtio.msix.vectors; i++) {
            pci_msix_route(&d->virtio.msix, i, VECTOR_DISK, apic_read(APIC_ID) >> 24);
        }
    }
    d->lane = memory_take(d->lanes * sizeof(struct lane), 64);
    for (uint32_t i = 0; i < d->lanes; i++) {
        prepare_lane(d, i, interrupts);
    }
    virtio_driver_ok(&d->virtio);
}

static uint16_t describe_data(const struct disk *d, struct slot *s, uint16_t at) {
    if (s->op == OP_FLUSH) {
        return at;
    }
    uint32_t pieces = d->segments;
    uint32_t length = s->bytes / pieces;
    uint64_t address = s->data;
    if (s->op == OP_DISCARD || s->op == OP_ZERO) {
        pieces = 1;
        length = sizeof *s->range;
        address = (uint64_t)s->range;
        s->range->sector = s->sector;
        s->range->sectors = s->bytes / SECTOR;
        s->range->flags = 0;
    } else if (length % SECTOR) { /* smaller than bs: segs need not divide it */
        pieces = 1;
        length = s->bytes;
    }
    uint16_t flags = DESC_NEXT | (s->op == OP_READ ? DESC_WRITE : 0);
    for (uint32_t i = 0; i < pieces; i++, at++, address += length) {
        s->chain[at].address = address;
        s->chain[at].length = length;
        s->chain[at].flags = flags;
        s->chain[at].next = s->chain_base + at + 1;
    }
    return at;
}

void disk_start(const struct disk *d, struct lane *l, struct slot *s) {
    s->busy = true;
    s->header->type = s->op;
    s->header->reserved = 0;
    s->header->sector = s->op == OP_READ || s->op == OP_WRITE ? s->sector : 0;
    *s->status = STATUS_UNSET;
    s->chain[0].address = (uint64_t)s->header;
    s->chain[0].length = 16;
    s->chain[0].flags = DESC_NEXT;
    s->chain[0].next = s->chain_base + 1;
    uint16_t at = describe_data(d, s, 1);
    s->chain[at].address = (uint64_t)s->status;
    s->chain[at].length = 1;
    s->chain[at].flags = DESC_WRITE;
    s->chain[at].next = 0;
    if (disk_has(d, F_INDIRECT)) {
        volatile struct vdesc *outer = &l->queue.desc[s->head];
        outer->address = (uint64_t)s->chain;
        outer->length = 16 * (at + 1);
        outer->flags = DESC_INDIRECT;
        outer->next = 0;
    }
    queue_add(&l->queue, s->head);
}

struct slot *disk_finished(struct lane *l, uint32_t *length) {
    if (!queue_has_used(&l->queue)) {
        return 0;
    }
    struct vused u = queue_take_used(&l->queue);
    uint16_t i = u.id < l->queue.size ? l->slot_of_head[u.id] : 0xffff;
    if (i == 0xffff || !l->slots[i].busy) {
        print("mismatch kind=used_ring queue=%u id=%u index=%u\n", (uint64_t)l->queue.index,
              (uint64_t)u.id, (uint64_t)(uint16_t)(l->queue.next_used - 1));
        print("result=FAIL reason=used_ring\n");
        end(END_FAILED);
    }
    *length = u.length;
    return &l->slots[i];
}
