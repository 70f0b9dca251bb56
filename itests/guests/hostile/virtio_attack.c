/* Garbage for a virtio disk: descriptors, rings, doorbells, registers. */
#include "hostile.h"

#define MAX_INDIRECT 16
#define COMMON_BYTES 56

static bool find_disk(pci_address *f) {
    return pci_find(VIRTIO_VENDOR, VIRTIO_BLK, VIRTIO_BLK_TRANSITIONAL, 0, f);
}

static void open_disk(struct virtio *v) {
    pci_address f;
    if (!find_disk(&f)) {
        die("no virtio-blk device on PCI bus 0");
    }
    virtio_open(v, f);
}

bool disk_answers(void) {
    struct virtio v;
    struct virtqueue q;
    open_disk(&v);
    virtio_accept(&v, virtio_offered(&v) & FEATURE(F_VERSION_1));
    virtio_queue(&v, &q, 0, 8, -1);
    virtio_driver_ok(&v);
    uint8_t *memory = memory_take(1024, 512);
    memset(memory, 0, 32);
    memory[16] = 0xff;
    q.desc[0] = (struct vdesc){(uint64_t)memory, 16, DESC_NEXT, 1};
    q.desc[1] = (struct vdesc){(uint64_t)memory + 512, 512, DESC_NEXT | DESC_WRITE, 2};
    q.desc[2] = (struct vdesc){(uint64_t)memory + 16, 1, DESC_WRITE, 0};
    queue_add(&q, 0);
    queue_publish(&q);
    uint64_t end = rdtsc() + ms_to_tsc(5000);
    while (!queue_has_used(&q) && rdtsc() < end) {
        cpu_pause();
    }
    barrier();
    return queue_has_used(&q) && *(volatile uint8_t *)(memory + 16) == 0
           && !(virtio_status(&v) & STATUS_NEEDS_RESET);
}

static uint32_t bad_length(void) {
    static const uint32_t lengths[] = {0, 1, 15, 16, 17, 511, 512, 4096, 65536, 0x7fffffff, 0x80000000, 0xffffffff};
    return one_in(8) ? (uint32_t)dice() : lengths[below(array_length(lengths))];
}

static struct vdesc garbage(uint16_t size) {
    return (struct vdesc){
            .address = bad_address(),
            .length = bad_length(),
            .flags = one_in(4) ? (uint16_t)dice() : below(8),
            .next = one_in(4) ? (uint16_t)dice() : below(size)};
}

/* A right request for a read or write of the scratch memory, with one field of one descriptor spoilt. */
static void almost_right(volatile struct vdesc *table, uint16_t base, uint16_t size, uint32_t *header) {
    bool write = one_in(2);
    header[0] = one_in(4) ? (uint32_t)dice() : write;
    header[1] = 0;
    header[2] = one_in(4) ? (uint32_t)dice() : below(64);
    header[3] = one_in(8) ? (uint32_t)dice() : 0;
    uint16_t a = base % size, b = (base + 1) % size, c = (base + 2) % size;
    table[a] = (struct vdesc){(uint64_t)header, 16, DESC_NEXT, b};
    table[b] = (struct vdesc){scratch, 4096, DESC_NEXT | (write ? 0 : DESC_WRITE), c};
    table[c] = (struct vdesc){scratch + 8192, 1, DESC_WRITE, 0};
    uint16_t which = (base + below(3)) % size;
    struct vdesc d = {table[which].address, table[which].length, table[which].flags, table[which].next};
    switch (below(7)) {
        case 0:
            d.address = bad_address();
            break;
        case 1:
            d.length = bad_length();
            break;
        case 2:
            d.flags ^= DESC_NEXT;
            break;
        case 3: /* a header must stay read-only: the device may not write into the guest's own memory */
            d.flags ^= which == a ? 0x8000 : DESC_WRITE;
            break;
        case 4:
            d.flags |= DESC_INDIRECT;
            break;
        case 5:
            d.next = which; /* a loop */
            break;
        default:
            d.next = one_in(2) ? size : (uint16_t)dice();
    }
    if (which == a && d.flags & DESC_WRITE) {
        d.flags &= ~DESC_WRITE;
    }
    table[which] = d;
}

static void fill(struct virtqueue *q, uint32_t *headers, struct vdesc *indirect) {
    for (uint16_t i = 0; i < q->size; i++) {
        q->desc[i] = garbage(q->size);
    }
    for (uint16_t i = 0; i + 2 < q->size; i += 3) {
        if (one_in(2)) {
            almost_right(q->desc, i, q->size, headers + 4 * i);
        } else if (one_in(3)) {
            for (uint16_t j = 0; j < MAX_INDIRECT; j++) {
                indirect[j] = garbage(MAX_INDIRECT);
            }
            almost_right(indirect, 0, MAX_INDIRECT, headers + 4 * i);
            uint32_t length = one_in(3) ? bad_length() : 16 * below(MAX_INDIRECT + 1);
            q->desc[i] = (struct vdesc){(uint64_t)indirect, length, DESC_INDIRECT | below(8), below(q->size)};
            q->desc[i].flags &= ~DESC_WRITE;
        }
    }
}

static void offer(const struct virtio *v, struct virtqueue *q, struct tally *t) {
    uint16_t count = 1 + below(q->size);
    for (uint16_t i = 0; i < count; i++) {
        uint16_t head = one_in(8) ? (uint16_t)dice() : below(q->size / 3) * 3;
        queue_add(q, head);
        t->actions++;
    }
    if (one_in(4)) {
        q->next_avail += dice(); /* more than the ring holds, or backwards */
    }
    if (one_in(4)) {
        q->avail[0] = dice();
        *q->used_event = dice();
    }
    q->avail[1] = q->next_avail;
    full_fence();
    mmio_write16(q->doorbell, one_in(4) ? (uint16_t)dice() : q->index);
    if (one_in(8)) {
        mmio_write32(v->notify + below(64) * v->notify_multiplier, (uint32_t)dice());
    }
}

void attack_virtqueues(struct tally *t) {
    struct virtio v;
    struct virtqueue q;
    open_disk(&v);
    uint64_t features = virtio_offered(&v);
    virtio_accept(&v, (one_in(2) ? features : features & dice()) | FEATURE(F_VERSION_1));
    virtio_queue(&v, &q, 0, 4u << below(6), -1);
    virtio_driver_ok(&v);
    uint32_t *headers = memory_take(16 * q.size, 64);
    struct vdesc *indirect = memory_take(16 * MAX_INDIRECT, 64);
    fill(&q, headers, indirect);
    for (uint32_t i = 0; i < 3; i++) {
        offer(&v, &q, t);
        for (uint32_t j = 0; j < 50; j++) { /* while the device reads */
            q.desc[below(q.size)].next = dice();
        }
    }
    uint8_t status = 0;
    for (int i = 0; i < 20 && !(status & STATUS_NEEDS_RESET); i++) {
        status = virtio_status(&v);
    }
    t->needs_reset += (status & STATUS_NEEDS_RESET) != 0;
    t->completed += q.used[1];
}

static uint32_t register_value(void) {
    switch (below(5)) {
        case 0:
            return 0;
        case 1:
            return ~0u;
        case 2:
            return below(16);
        case 3:
            return 1u << below(32);
        default:
            return (uint32_t)(scratch + below(scratch_bytes)); /* never an address of the guest's own */
    }
}

static void touch(uint64_t at) {
    bool write = one_in(2);
    uint32_t value = register_value();
    switch (below(3)) {
        case 0:
            write ? mmio_write8(at, value) : (void)mmio_read8(at);
            break;
        case 1:
            write ? mmio_write16(at, value) : (void)mmio_read16(at);
            break;
        default:
            write ? mmio_write32(at, value) : (void)mmio_read32(at);
    }
}

void attack_virtio_registers(struct tally *t) {
    struct virtio v;
    open_disk(&v);
    const uint64_t places[] = {v.common, v.common, v.common, v.isr, v.device, v.notify};
    for (int i = 0; i < 40; i++) {
        uint64_t at = places[below(array_length(places))];
        if (at) {
            touch(at + (one_in(4) ? below(4096) : below(COMMON_BYTES)));
        }
        t->actions++;
    }
    for (int i = 0; v.msix.capability && i < 8; i++) {
        uint64_t entry = v.msix.table + 16 * below(v.msix.vectors);
        mmio_write32(entry, (uint32_t)bad_address());
        mmio_write32(entry + 4, one_in(4) ? (uint32_t)dice() : 0);
        mmio_write32(entry + 8, below(256)); /* fixed delivery: an NMI or INIT would hit the guest itself */
        mmio_write32(entry + 12, below(2));
    }
    t->needs_reset += (virtio_status(&v) & STATUS_NEEDS_RESET) != 0;
}
