/* A guest that means harm: garbage in virtqueues, configuration space, interrupt controllers and ports. */
#include "hostile.h"

/* All at CPL 0 with interrupts off: whatever vector garbage raises, nobody listens. */
const int guest_cpl = 0;

static const char *const known[] = {"seed", "rounds", "only", 0};
static uint64_t state;
#define OWN_MEMORY (8ull << 20)
uint64_t scratch, scratch_bytes;

uint64_t dice(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state * 0x2545f4914f6cdd1dull;
}

uint32_t below(uint32_t n) {
    return (uint64_t)(uint32_t)(dice() >> 32) * n >> 32;
}

bool one_in(uint32_t n) {
    return below(n) == 0;
}

uint64_t bad_address(void) {
    uint64_t end_of_scratch = scratch + scratch_bytes;
    switch (below(10)) {
        case 0:
            return dice();
        case 1:
            return ~0ull - below(8192);
        case 2:
            return 0x8000000000000000ull + below(4096);
        case 3:
            return 0xfee00000ull + below(4096);
        case 4:
            return 0xfec00000ull + below(64);
        case 5:
            return 0xe0000000ull + below(0x10000000);
        case 6:
            return 0x100000000ull + below(0x7fffffff);
        case 7:
            return end_of_scratch - below(64); /* the end of RAM, if scratch reaches it */
        case 8:
            return 0xa0000 + below(0x60000);
        default:
            return scratch + below(scratch_bytes / 2);
    }
}

static void quiet(void) {
    out8(0x21, 0xff);
    out8(0xa1, 0xff);
    apic_write(APIC_SPURIOUS, 0x1ff);
}

static const struct {
    const char *name;
    void (*attack)(struct tally *);
} attacks[] = {{"virtqueues", attack_virtqueues},
               {"virtio", attack_virtio_registers},
               {"pci", attack_pci},
               {"irqchip", attack_irqchip},
               {"ports", attack_ports}};

static uint32_t attack_named(const char *name) {
    for (uint32_t i = 0; i < array_length(attacks); i++) {
        if (text_equals(name, attacks[i].name)) {
            return 1u << i;
        }
    }
    die("only= has no attack '%s': virtqueues, virtio, pci, irqchip, ports, separated by commas", name);
}

/* A bit for each attack that only= names; all of them where it names none. */
static uint32_t chosen_attacks(void) {
    const char *list = param_text("only", "");
    if (!*list) {
        return (1u << array_length(attacks)) - 1;
    }
    uint32_t chosen = 0;
    for (bool more = true; more; list++) {
        char name[32];
        size_t length = 0;
        for (; *list && *list != ','; list++) {
            if (length < sizeof name - 1) {
                name[length++] = *list;
            }
        }
        name[length] = 0;
        chosen |= attack_named(name);
        more = *list;
    }
    return chosen;
}

void guest_main(void) {
    params_setup(known);
    memory_setup();
    time_setup();
    apic_setup();
    uint64_t seed = param_u64("seed", 1);
    uint64_t rounds = param_u64("rounds", 200);
    uint64_t mark = memory_mark();
    uint32_t chosen = chosen_attacks();
    print("guest=hostile seed=%u rounds=%u tsc_khz=%u\n", seed, rounds, tsc_khz);
    bool well = disk_answers();
    print("before disk_answers=%u\n", (uint64_t)well);
    scratch_bytes = memory_left() - OWN_MEMORY;
    scratch = memory_mark() + OWN_MEMORY; /* reaches the end of RAM */
    for (uint32_t i = 0; i < array_length(attacks); i++) {
        if (!(chosen & 1u << i)) {
            continue;
        }
        struct tally t = {0};
        state = (seed + 1) * 0x9e3779b97f4a7c15ull + i;
        for (uint64_t round = 0; round < rounds; round++) {
            attacks[i].attack(&t);
            memory_release(mark);
        }
        quiet();
        bool answers = disk_answers();
        memory_release(mark);
        well &= answers;
        print("attack=%s rounds=%u actions=%u needs_reset=%u completed=%u disk_answers=%u\n", attacks[i].name, rounds,
              t.actions, t.needs_reset, t.completed, (uint64_t)answers);
    }
    print("result=%s\n", well ? "ok" : "FAIL");
    end(well ? END_OK : END_FAILED);
}
