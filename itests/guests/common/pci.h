/* PCI through configuration mechanism #1 (PCI 2.3 §3.2.2.3.2). */
#ifndef PCI_H
#define PCI_H

#include "guest.h"

enum { PCI_COMMAND = 0x04, PCI_STATUS = 0x06, PCI_BAR0 = 0x10, PCI_CAPABILITIES = 0x34 };
enum { PCI_CAP_VENDOR = 0x09, PCI_CAP_MSIX = 0x11 };

/* Bits 15..8 bus, 7..3 device, 2..0 function. */
typedef uint16_t pci_address;

struct msix {
    uint8_t capability; /* 0: the function has none */
    uint16_t vectors;
    uint64_t table;
};

uint32_t pci_read32(pci_address f, uint8_t reg);
uint16_t pci_read16(pci_address f, uint8_t reg);
uint8_t pci_read8(pci_address f, uint8_t reg);
void pci_write32(pci_address f, uint8_t reg, uint32_t v);
void pci_write16(pci_address f, uint8_t reg, uint16_t v);

/* The index-th function on bus 0 whose vendor is `vendor` and whose device is one of the two; false: none. */
bool pci_find(uint16_t vendor, uint16_t device, uint16_t or_device, int index, pci_address *found);

/* Enables memory decoding and bus mastering. */
void pci_enable(pci_address f);

/* Undoes what firmware assigned: decoding off, every BAR zero, as after a reset. */
void pci_forget_bars(pci_address f);

/* The address of a memory BAR; one that firmware left at zero gets a place above 0xe0000000 first. */
uint64_t pci_bar(pci_address f, int bar);

/* Next capability with this id after `after` (0: from the start); 0: none. */
uint8_t pci_capability(pci_address f, uint8_t id, uint8_t after);

/* Finds MSI-X, enables it with every entry masked as reset left it. */
struct msix pci_msix_enable(pci_address f);

/* Sends `entry` as `vector` (edge, fixed) to the APIC with this id, unmasked. */
void pci_msix_route(const struct msix *m, int entry, int vector, uint32_t apic_id);

#endif
