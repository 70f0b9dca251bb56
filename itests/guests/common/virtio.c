#include "virtio.h"

/* virtio 1.2 §4.1.4.3 */
enum {
    COMMON_DEVICE_FEATURE_SELECT = 0x00,
    COMMON_DEVICE_FEATURE = 0x04,
    COMMON_DRIVER_FEATURE_SELECT = 0x08,
    COMMON_DRIVER_FEATURE = 0x0c,
    COMMON_MSIX_CONFIG = 0x10,
    COMMON_QUEUES = 0x12,
    COMMON_STATUS = 0x14,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_MSIX = 0x1a,
    COMMON_QUEUE_ENABLE = 0x1c,
    COMMON_QUEUE_NOTIFY_OFF = 0x1e,
    COMMON_QUEUE_DESC = 0x20,
    COMMON_QUEUE_DRIVER = 0x28,
    COMMON_QUEUE_DEVICE = 0x30,
};
#define NO_VECTOR 0xffff

static void find_structures(struct virtio *v) {
    pci_address f = v->function;
    for (uint8_t cap = pci_capability(f, PCI_CAP_VENDOR, 0); cap;
         cap = pci_capability(f, PCI_CAP_VENDOR, cap)) {
        uint8_t type = pci_read8(f, cap + 3);
        if (type < 1 || type > 4) {
            continue;
        }
        uint64_t at = pci_bar(f, pci_read8(f, cap + 4)) + pci_read32(f, cap + 8);
        uint64_t *where[] = {0, &v->common, &v->notify, &v->isr, &v->device};
        if (!*where[type]) { /* the first of a kind is the preferred one */
            *where[type] = at;
            if (type == 2) {
                v->notify_multiplier = pci_read32(f, cap + 16);
            }
        }
    }
    if (!v->common || !v->notify) {
        die("function 0x%x has no virtio 1.x structures", (uint64_t)f);
    }
}

static void set_status(const struct virtio *v, uint8_t bits) {
    mmio_write8(v->common + COMMON_STATUS, virtio_status(v) | bits);
}

uint8_t virtio_status(const struct virtio *v) {
    return mmio_read8(v->common + COMMON_STATUS);
}

void virtio_open(struct virtio *v, pci_address f) {
    *v = (struct virtio){.function = f};
    find_structures(v);
    pci_enable(f);
    mmio_write8(v->common + COMMON_STATUS, 0);
    for (int i = 0; virtio_status(v) != 0; i++) {
        // Every look is an exit; a request in flight may have to wait for a slow disk.
        if (i == 500000) {
            die("virtio: the device does not finish its reset");
        }
    }
    set_status(v, STATUS_ACKNOWLEDGE);
    set_status(v, STATUS_DRIVER);
    v->queues = mmio_read16(v->common + COMMON_QUEUES);
    v->msix = pci_msix_enable(f);
}

uint64_t virtio_offered(const struct virtio *v) {
    mmio_write32(v->common + COMMON_DEVICE_FEATURE_SELECT, 0);
    uint64_t low = mmio_read32(v->common + COMMON_DEVICE_FEATURE);
    mmio_write32(v->common + COMMON_DEVICE_FEATURE_SELECT, 1);
    return low | (uint64_t)mmio_read32(v->common + COMMON_DEVICE_FEATURE) << 32;
}

void virtio_accept(struct virtio *v, uint64_t features) {
    mmio_write32(v->common + COMMON_DRIVER_FEATURE_SELECT, 0);
    mmio_write32(v->common + COMMON_DRIVER_FEATURE, (uint32_t)features);
    mmio_write32(v->common + COMMON_DRIVER_FEATURE_SELECT, 1);
    mmio_write32(v->common + COMMON_DRIVER_FEATURE, (uint32_t)(features >> 32));
    v->features = features;
    set_status(v, STATUS_FEATURES_OK);
    if (!(virtio_status(v) & STATUS_FEATURES_OK)) {
        die("virtio: features 0x%x were refused", features);
    }
}

static void write64(uint64_t at, uint64_t value) {
    mmio_write32(at, (uint32_t)value);
    mmio_write32(at + 4, (uint32_t)(value >> 32));
}

static void layout(struct virtqueue *q) {
    uint64_t bytes = 16 * q->size + 4096 + 8 * q->size + 4096 + 2 * q->size;
    uint8_t *memory = memory_take(bytes, 4096);
    memset(memory, 0, bytes);
    q->desc = (void *)memory;
    q->avail = (void *)(memory + 16 * q->size);
    q->used_event = q->avail + 2 + q->size;
    uint64_t used = ((uint64_t)(q->used_event + 1) + 63) & ~63ull;
    q->used = (void *)used;
    q->used_ring = (void *)(used + 4);
    q->avail_event = (void *)(used + 4 + 8 * q->size);
}

void virtio_queue(struct virtio *v, struct virtqueue *q, uint16_t index, uint16_t size, int entry) {
    mmio_write16(v->common + COMMON_QUEUE_SELECT, index);
    uint16_t max = mmio_read16(v->common + COMMON_QUEUE_SIZE);
    if (!max) {
        die("virtio: queue %u does not exist", (uint64_t)index);
    }
    *q = (struct virtqueue){
            .index = index,
            .size = size < max ? size : max,
            .event_idx = v->features & FEATURE(F_EVENT_IDX),
            .want_interrupts = entry >= 0};
    layout(q);
    q->avail[0] = q->want_interrupts ? 0 : 1; /* NO_INTERRUPT; ignored with EVENT_IDX */
    *q->used_event = q->want_interrupts ? 0 : 0x8000;
    mmio_write16(v->common + COMMON_QUEUE_SIZE, q->size);
    uint16_t wanted = entry >= 0 ? entry : NO_VECTOR;
    mmio_write16(v->common + COMMON_QUEUE_MSIX, wanted);
    if (mmio_read16(v->common + COMMON_QUEUE_MSIX) != wanted) {
        die("virtio: queue %u cannot have MSI-X entry %u", (uint64_t)index, (uint64_t)wanted);
    }
    write64(v->common + COMMON_QUEUE_DESC, (uint64_t)q->desc);
    write64(v->common + COMMON_QUEUE_DRIVER, (uint64_t)q->avail);
    write64(v->common + COMMON_QUEUE_DEVICE, (uint64_t)q->used);
    uint16_t offset = mmio_read16(v->common + COMMON_QUEUE_NOTIFY_OFF);
    q->doorbell = v->notify + (uint64_t)offset * v->notify_multiplier;
    mmio_write16(v->common + COMMON_QUEUE_ENABLE, 1);
}

void virtio_driver_ok(struct virtio *v) {
    set_status(v, STATUS_DRIVER_OK);
}
