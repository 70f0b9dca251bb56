/* Garbage for configuration space, interrupt controllers and ports. */
#include "hostile.h"

#define FUNCTIONS 32
#define CONFIG_WORDS 64
#define IOAPIC 0xfec00000ull
#define DELIVERY_MODE 0x700u

static pci_address functions[FUNCTIONS];
static uint32_t saved[FUNCTIONS][CONFIG_WORDS];
static uint32_t function_count;

static void save_configuration(void) {
    if (function_count) {
        return;
    }
    for (uint32_t f = 0; f < 256 && function_count < FUNCTIONS; f++) {
        if ((f & 7) && !(function_count && (functions[function_count - 1] & ~7u) == (f & ~7u))) {
            continue; /* no function 0, no others */
        }
        if (pci_read16(f, 0) != 0xffff) {
            functions[function_count] = f;
            for (uint32_t i = 0; i < CONFIG_WORDS; i++) {
                saved[function_count][i] = pci_read32(f, 4 * i);
            }
            function_count++;
        }
    }
}

/* Decoding stays off while a BAR is wrong. */
static void restore_configuration(void) {
    for (uint32_t n = 0; n < function_count; n++) {
        pci_write16(functions[n], PCI_COMMAND, 0);
    }
    for (uint32_t n = 0; n < function_count; n++) {
        for (uint32_t i = 2; i < CONFIG_WORDS; i++) {
            pci_write32(functions[n], 4 * i, saved[n][i]);
        }
        pci_write16(functions[n], PCI_COMMAND, saved[n][1] & 0xffff);
    }
}

static uint32_t config_value(void) {
    switch (below(4)) {
        case 0:
            return (uint32_t)dice();
        case 1:
            return ~0u;
        case 2:
            return below(3) << below(30);
        default:
            return (uint32_t)bad_address(); /* RAM, APICs, other BARs */
    }
}

void attack_pci(struct tally *t) {
    save_configuration();
    for (int i = 0; i < 30; i++) {
        pci_address f = one_in(8) ? (pci_address)dice() : functions[below(function_count)];
        uint8_t reg = one_in(2) ? 4 * below(16) : below(256);
        switch (below(5)) {
            case 0:
                pci_write16(f, reg, config_value());
                break;
            case 1:
                out32(0xcf8, 0x80000000u | (uint32_t)f << 8 | reg); /* low bits not clear */
                out8(0xcfc + below(4), config_value());
                break;
            case 2:
                pci_write32(f, PCI_COMMAND, 0x7); /* decode wherever the BARs are now */
                break;
            case 3:
                pci_read32(f, reg);
                break;
            default:
                pci_write32(f, reg, config_value());
        }
        t->actions++;
    }
    restore_configuration();
}

static void attack_ioapic(void) {
    mmio_write32(IOAPIC, one_in(2) ? (uint32_t)dice() : below(0x40));
    if (one_in(4)) {
        mmio_read32(IOAPIC + 4 * below(16));
    } else {
        mmio_write32(IOAPIC + (one_in(4) ? 4 * below(64) : 0x10), (uint32_t)dice() & ~DELIVERY_MODE);
    }
}

static void attack_lapic(void) {
    uint32_t reg = one_in(8) ? below(4096 - 4) : 16 * below(64);
    bool sends = reg >= 0x2f0 && reg < 0x380;
    if (one_in(3)) {
        apic_read(reg);
    } else {
        apic_write(reg, (uint32_t)dice() & (sends ? ~DELIVERY_MODE : ~0u));
    }
}

void attack_irqchip(struct tally *t) {
    static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x40, 0x41, 0x42, 0x43, 0x61, 0x70, 0x71};
    for (int i = 0; i < 60; i++) {
        switch (below(3)) {
            case 0:
                out8(ports[below(array_length(ports))], dice());
                in8(ports[below(array_length(ports))]);
                break;
            case 1:
                attack_ioapic();
                break;
            default:
                attack_lapic();
        }
        t->actions++;
    }
    for (uint32_t reg = 0x320; reg <= 0x370; reg += 0x10) {
        apic_write(reg, 1u << 16);
    }
    for (uint32_t pin = 0; pin < 24; pin++) {
        mmio_write32(IOAPIC, 0x10 + 2 * pin);
        mmio_write32(IOAPIC + 0x10, 1u << 16);
    }
}

/* What would end or restart the machine, or hand memory to a firmware interface, is left alone. */
static bool forbidden(uint16_t port) {
    static const struct {
        uint16_t first, last;
    } ranges[] = {{0x60, 0x60},   {0x64, 0x64},   {0x7e, 0x7f},     {0x92, 0x92},     {0xb2, 0xb3},     {0xe9, 0xe9},     {0xf4, 0xf7},
                  {0x501, 0x53f}, {0x600, 0x6ff}, {0xae00, 0xafff}, {0xb000, 0xb0ff}, {0x5658, 0x565f}, {0xcf8, 0xcff}};
    for (uint32_t i = 0; i < array_length(ranges); i++) {
        if (port + 3u >= ranges[i].first && port <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

void attack_ports(struct tally *t) {
    static const uint16_t bases[] = {0x3f8, 0x2f8, 0x40, 0x70, 0x80, 0x20, 0xa0, 0x00, 0xc0, 0x3b0, 0x1f0, 0x170};
    for (int i = 0; i < 60; i++) {
        uint16_t port = one_in(2) ? bases[below(array_length(bases))] + below(16) : (uint16_t)dice();
        if (forbidden(port)) {
            continue;
        }
        uint32_t value = dice();
        switch (below(6)) {
            case 0:
                out8(port, value);
                break;
            case 1:
                out16(port, value);
                break;
            case 2:
                out32(port, value);
                break;
            case 3:
                in8(port);
                break;
            case 4:
                in16(port);
                break;
            default:
                in32(port);
        }
        t->actions++;
    }
}
