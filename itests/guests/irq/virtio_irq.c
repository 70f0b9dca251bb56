/* MSI-X and INTx with a virtio device as the source: a flush of virtio-blk, or a buffer for virtio-rng. */
#include "../common/virtio.h"
#include "irq.h"

#define BLK_FLUSH 4
#define BLK_F_FLUSH 9
#define MSIX_FUNCTION_MASK 0x4000
#define MSIX_ENABLE 0x8000
#define ENTRY_MASKED 1
#define INTX_IRQ 11

static struct virtio device;
static struct virtqueue queue;
static volatile uint32_t *header;
static bool is_rng;
static volatile uint64_t intx_status, intx_entry;

static bool find(pci_address *f) {
    is_rng = pci_find(VIRTIO_VENDOR, VIRTIO_RNG, VIRTIO_RNG_TRANSITIONAL, 0, f);
    return is_rng || pci_find(VIRTIO_VENDOR, VIRTIO_BLK, VIRTIO_BLK_TRANSITIONAL, 0, f);
}

static void start_device(pci_address f, int entry) {
    virtio_open(&device, f);
    uint64_t wanted = FEATURE(F_VERSION_1) | (is_rng ? 0 : FEATURE(BLK_F_FLUSH));
    virtio_accept(&device, virtio_offered(&device) & wanted);
    virtio_queue(&device, &queue, 0, 8, entry);
    queue.want_interrupts = true;
    queue.avail[0] = 0;
    virtio_driver_ok(&device);
    if (!header) {
        header = memory_take(64, 64);
    }
}

static void submit(void) {
    header[0] = BLK_FLUSH;
    header[1] = header[2] = header[3] = 0;
    queue.desc[0].address = (uint64_t)header;
    queue.desc[0].length = 16;
    queue.desc[0].flags = is_rng ? DESC_WRITE : DESC_NEXT;
    queue.desc[0].next = 1;
    queue.desc[1].address = (uint64_t)(header + 8);
    queue.desc[1].length = 1;
    queue.desc[1].flags = DESC_WRITE;
    queue.desc[1].next = 0;
    queue_add(&queue, 0);
    queue_publish(&queue);
}

static bool completes(void) {
    uint64_t end = rdtsc() + ms_to_tsc(2000);
    while (!queue_has_used(&queue) && rdtsc() < end) {
        cpu_pause();
    }
    if (!queue_has_used(&queue)) {
        return false;
    }
    queue_take_used(&queue);
    return true;
}

static void msix_masking(uint64_t pending_at, uint8_t capability) {
    mmio_write32(device.msix.table + 12, ENTRY_MASKED);
    submit();
    bool done = completes();
    uint32_t pending = 0;
    for (int waited = 0; !pending && waited < 2000; waited += 20) {
        wait_ms(20);
        pending = mmio_read32(pending_at) & 1;
    }
    uint64_t held = interrupt_count[VECTOR_MSIX];
    mmio_write32(device.msix.table + 12, 0);
    wait_for(VECTOR_MSIX, 2, 2000);
    wait_ms(20); /* one too many would come, too */
    uint64_t then = interrupt_count[VECTOR_MSIX];
    check("msix.entry_mask", done && held == 1 && pending && then == 2, "held=%u pending=%u after_unmask=%u",
          held, (uint64_t)pending, then);

    uint16_t control = pci_read16(device.function, capability + 2);
    pci_write16(device.function, capability + 2, control | MSIX_FUNCTION_MASK);
    submit();
    done = completes();
    wait_ms(20);
    held = interrupt_count[VECTOR_MSIX];
    pci_write16(device.function, capability + 2, control);
    wait_for(VECTOR_MSIX, 3, 2000);
    wait_ms(20);
    then = interrupt_count[VECTOR_MSIX];
    check("msix.function_mask", done && held == 2 && then == 3, "held=%u after_unmask=%u", held, then);
}

void msix_checks(void) {
    pci_address f;
    if (!find(&f)) {
        skipped("msix", "no virtio-rng or virtio-blk");
        return;
    }
    start_device(f, 0);
    uint8_t capability = device.msix.capability;
    if (!capability) {
        skipped("msix", "the device has no MSI-X");
        return;
    }
    pci_msix_route(&device.msix, 0, VECTOR_MSIX, apic_read(APIC_ID) >> 24);
    submit();
    bool came = wait_for(VECTOR_MSIX, 1, 2000);
    bool done = completes();
    check("msix.deliver", came && done, "device=%s interrupts=%u completed=%u", is_rng ? "virtio-rng" : "virtio-blk",
          interrupt_count[VECTOR_MSIX], (uint64_t)done);
    uint32_t pba = pci_read32(f, capability + 8);
    msix_masking(pci_bar(f, pba & 7) + (pba & ~7u), capability);
    virtio_open(&device, f); /* resets it */
    pci_write16(f, capability + 2, pci_read16(f, capability + 2) & ~MSIX_ENABLE);
}

static void intx_handler(void) {
    intx_entry = ioapic_read(0x10 + 2 * INTX_IRQ);
    intx_status = mmio_read8(device.isr); /* reading takes the line down */
    apic_write(APIC_EOI, 0);
}

void intx_checks(void) {
    pci_address f, bridge;
    if (!find(&f) || !pci_find(0x8086, 0x7000, 0x7000, 0, &bridge)) {
        skipped("intx", "no virtio device, or no PIIX3");
        return;
    }
    if (has_quirk("eoi_at_injection")) {
        skipped("intx", "quirk eoi_at_injection");
        return;
    }
    for (int pirq = 0; pirq < 4; pirq += 2) { /* PIIX3: PIRQA-D to one ISA interrupt */
        pci_write16(bridge, 0x60 + pirq, INTX_IRQ << 8 | INTX_IRQ);
    }
    start_device(f, -1);
    pci_write16(f, device.msix.capability + 2, pci_read16(f, device.msix.capability + 2) & ~MSIX_ENABLE);
    pci_write16(f, PCI_COMMAND, pci_read16(f, PCI_COMMAND) & ~0x400);
    int vector = VECTOR_IOAPIC + INTX_IRQ;
    on_interrupt(vector, intx_handler);
    ioapic_route(INTX_IRQ, IOAPIC_LEVEL | vector, apic_read(APIC_ID) >> 24);
    submit();
    bool came = wait_for(vector, 1, 2000);
    wait_ms(20);
    check("intx.deliver", came && interrupt_count[vector] == 1 && completes(), "interrupts=%u",
          interrupt_count[vector]);
    check("intx.isr", intx_status & 1 && intx_entry & IOAPIC_REMOTE_IRR, "isr=0x%x entry=0x%x", intx_status, intx_entry);

    pci_write16(f, PCI_COMMAND, pci_read16(f, PCI_COMMAND) | 0x400);
    submit();
    bool done = completes();
    wait_ms(20);
    uint64_t held = interrupt_count[vector];
    bool status = pci_read16(f, PCI_STATUS) & 0x8;
    pci_write16(f, PCI_COMMAND, pci_read16(f, PCI_COMMAND) & ~0x400);
    bool then = wait_for(vector, 2, 2000);
    check("intx.disable", done && held == 1 && status && then, "held=%u status_bit=%u then=%u", held, (uint64_t)status,
          interrupt_count[vector]);
    ioapic_route(INTX_IRQ, IOAPIC_MASKED, 0);
}
