/* Seeded garbage for devices. Everything is reproducible from seed=; nothing is aimed at the guest's own memory. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "../common/virtio.h"

uint64_t dice(void);                 /* 64 random bits */
uint32_t below(uint32_t n);          /* 0 … n-1 */
bool one_in(uint32_t n);

/* RAM that may be overwritten by a device. */
extern uint64_t scratch, scratch_bytes;

/* An address that a sane driver would not use, or one in the scratch memory. */
uint64_t bad_address(void);

struct tally {
    uint64_t actions, needs_reset, completed;
};

/* One round each. */
void attack_virtqueues(struct tally *t);
void attack_virtio_registers(struct tally *t);
void attack_pci(struct tally *t);
void attack_irqchip(struct tally *t);
void attack_ports(struct tally *t);

/* Whether the disk, once reset, still does what it should. */
bool disk_answers(void);

#endif
