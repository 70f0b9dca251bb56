#include "pci.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc
#define MAPPED_BAR 0x100000 /* more of a BAR than any guest looks at */
#define WINDOW_START 0xe0000000ull
#define WINDOW_END 0xfec00000ull

static uint64_t window = WINDOW_START;

static void select(pci_address f, uint8_t reg) {
    out32(CONFIG_ADDRESS, 0x80000000u | (uint32_t)f << 8 | (reg & 0xfc));
}

uint32_t pci_read32(pci_address f, uint8_t reg) {
    select(f, reg);
    return in32(CONFIG_DATA);
}

uint16_t pci_read16(pci_address f, uint8_t reg) {
    select(f, reg);
    return in16(CONFIG_DATA + (reg & 2));
}

uint8_t pci_read8(pci_address f, uint8_t reg) {
    select(f, reg);
    return in8(CONFIG_DATA + (reg & 3));
}

void pci_write32(pci_address f, uint8_t reg, uint32_t v) {
    select(f, reg);
    out32(CONFIG_DATA, v);
}

void pci_write16(pci_address f, uint8_t reg, uint16_t v) {
    select(f, reg);
    out16(CONFIG_DATA + (reg & 2), v);
}

bool pci_find(uint16_t vendor, uint16_t device, uint16_t or_device, int index, pci_address *found) {
    for (int slot = 0; slot < 32; slot++) {
        int functions = 1;
        for (int function = 0; function < functions; function++) {
            pci_address f = slot << 3 | function;
            uint32_t id = pci_read32(f, 0);
            if ((id & 0xffff) == 0xffff) {
                continue;
            }
            if (function == 0 && pci_read8(f, 0x0e) & 0x80) {
                functions = 8;
            }
            uint16_t d = id >> 16;
            if ((id & 0xffff) == vendor && (d == device || d == or_device) && index-- == 0) {
                *found = f;
                return true;
            }
        }
    }
    return false;
}

void pci_enable(pci_address f) {
    pci_write16(f, PCI_COMMAND, pci_read16(f, PCI_COMMAND) | 0x6);
}

static uint64_t place(pci_address f, uint8_t reg, bool wide) {
    uint16_t command = pci_read16(f, PCI_COMMAND);
    pci_write16(f, PCI_COMMAND, command & ~0x2);
    pci_write32(f, reg, 0xffffffff);
    uint32_t size = ~(pci_read32(f, reg) & ~0xfu) + 1;
    if (!size || window + size > WINDOW_END) {
        die("BAR at 0x%x of function 0x%x: size 0x%x does not fit the window", (uint64_t)reg,
            (uint64_t)f, (uint64_t)size);
    }
    uint64_t at = (window + size - 1) & ~(uint64_t)(size - 1);
    window = at + size;
    pci_write32(f, reg, (uint32_t)at);
    if (wide) {
        pci_write32(f, reg + 4, 0);
    }
    pci_write16(f, PCI_COMMAND, command);
    return at;
}

void pci_forget_bars(pci_address f) {
    pci_write16(f, PCI_COMMAND, pci_read16(f, PCI_COMMAND) & ~0x3);
    for (uint8_t reg = PCI_BAR0; reg < PCI_BAR0 + 24; reg += 4) {
        pci_write32(f, reg, 0);
    }
}

uint64_t pci_bar(pci_address f, int bar) {
    uint8_t reg = PCI_BAR0 + 4 * bar;
    uint32_t low = pci_read32(f, reg);
    if (low & 1) {
        die("BAR %u of function 0x%x is an I/O BAR", (uint64_t)bar, (uint64_t)f);
    }
    bool wide = (low & 0x6) == 0x4;
    uint64_t at = (low & ~0xfu) | (wide ? (uint64_t)pci_read32(f, reg + 4) << 32 : 0);
    if (!at) {
        return place(f, reg, wide);
    }
    memory_map(at, MAPPED_BAR);
    return at;
}

uint8_t pci_capability(pci_address f, uint8_t id, uint8_t after) {
    if (!(pci_read16(f, PCI_STATUS) & 0x10)) {
        return 0;
    }
    uint8_t at = after ? pci_read8(f, after + 1) : pci_read8(f, PCI_CAPABILITIES);
    for (int i = 0; i < 48 && at; i++) {
        uint16_t head = pci_read16(f, at & 0xfc);
        if ((head & 0xff) == id) {
            return at & 0xfc;
        }
        at = head >> 8;
    }
    return 0;
}

struct msix pci_msix_enable(pci_address f) {
    struct msix m = {.capability = pci_capability(f, PCI_CAP_MSIX, 0)};
    if (m.capability) {
        uint16_t control = pci_read16(f, m.capability + 2);
        uint32_t table = pci_read32(f, m.capability + 4);
        m.vectors = (control & 0x7ff) + 1;
        m.table = pci_bar(f, table & 7) + (table & ~7u);
        pci_write16(f, m.capability + 2, (control & 0x3fff) | 0x8000);
    }
    return m;
}

void pci_msix_route(const struct msix *m, int entry, int vector, uint32_t apic_id) {
    uint64_t at = m->table + 16 * entry;
    mmio_write32(at, 0xfee00000u | apic_id << 12);
    mmio_write32(at + 4, 0);
    mmio_write32(at + 8, vector);
    mmio_write32(at + 12, 0);
}
