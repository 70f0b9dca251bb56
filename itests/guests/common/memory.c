#include "guest.h"

/* hvm_start_info version 1: memory map at offset 40 (address), 48 (entries). */
#define START_VERSION 4
#define START_MEMMAP 40
#define START_MEMMAP_ENTRIES 48
#define HEAP_BASE 0x1000000ull
#define HEAP_LIMIT 0xc0000000ull
#define TABLES 0x800000ull /* page tables made later, up to the heap */
#define PTE_TABLE 0x07     /* as in boot.S */
#define PTE_LARGE 0x87
#define ABOVE_4G 0x100000000ull
#define WITHOUT_MAP 0x4000000ull

struct memmap_entry {
    uint64_t address, size;
    uint32_t type, reserved;
};

extern volatile uint64_t page_directory_pointers[512];
extern uint32_t maps_4_gib_only; /* the processor has no 1 GiB pages; boot.S asked at CPL 0 */

static uint64_t next, limit;
static uint64_t next_table = TABLES;

/* The RAM that holds `from`, or the first that starts at or above it; cut to what starts there. */
static bool find_ram(uint64_t from, uint64_t *start, uint64_t *end) {
    uint64_t info = start_info_address;
    if (!info || *(volatile uint32_t *)(info + START_VERSION) < 1) {
        return false;
    }
    const struct memmap_entry *e = (const void *)*(volatile uint64_t *)(info + START_MEMMAP);
    uint32_t entries = *(volatile uint32_t *)(info + START_MEMMAP_ENTRIES);
    for (uint32_t i = 0; e && i < entries; i++) {
        if (e[i].type == 1 && e[i].address + e[i].size > from) {
            *start = e[i].address > from ? e[i].address : from;
            *end = e[i].address + e[i].size;
            return true;
        }
    }
    return false;
}

void memory_map(uint64_t from, uint64_t bytes) {
    static bool mapped[512];
    if (!maps_4_gib_only || !bytes) {
        return;
    }
    for (uint64_t gib = from >> 30; gib <= (from + bytes - 1) >> 30; gib++) {
        if (gib < 4 || gib >= array_length(mapped) || mapped[gib]) {
            continue;
        }
        uint64_t *table = (uint64_t *)next_table;
        next_table += 4096;
        if (next_table > HEAP_BASE) {
            die("no room to map 0x%x", from);
        }
        for (uint64_t i = 0; i < 512; i++) {
            table[i] = (gib << 30) + (i << 21) + PTE_LARGE;
        }
        page_directory_pointers[gib] = (uint64_t)table + PTE_TABLE;
        mapped[gib] = true;
    }
}

void memory_setup(void) {
    if (param_is("memory", "high", "low")) {
        if (!find_ram(ABOVE_4G, &next, &limit)) {
            die("memory=high needs RAM above 4 GiB");
        }
        memory_map(next, limit - next);
        return;
    }
    if (!find_ram(HEAP_BASE, &next, &limit)) {
        next = HEAP_BASE;
        limit = WITHOUT_MAP;
    }
    if (limit > HEAP_LIMIT) {
        limit = HEAP_LIMIT;
    }
}

void *memory_take(uint64_t bytes, uint64_t align) {
    uint64_t at = (next + align - 1) & ~(align - 1);
    if (at > limit || bytes > limit - at) {
        die("memory: %u KiB more needed, %u KiB left; give the machine more memory or lower "
            "region, depth, bs or queues",
            bytes >> 10, memory_left() >> 10);
    }
    next = at + bytes;
    return (void *)at;
}

uint64_t memory_mark(void) {
    return next;
}

void memory_release(uint64_t mark) {
    next = mark;
}

uint64_t memory_left(void) {
    return limit > next ? limit - next : 0;
}

void *memset(void *d, int c, size_t n) {
    void *to = d;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
    return d;
}

void *memcpy(void *d, const void *s, size_t n) {
    void *to = d;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(s), "+c"(n)::"memory");
    return d;
}
