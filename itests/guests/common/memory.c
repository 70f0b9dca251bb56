#include "guest.h"

/* hvm_start_info version 1: memory map at offset 40 (address), 48 (entries). */
#define START_VERSION 4
#define START_MEMMAP 40
#define START_MEMMAP_ENTRIES 48
#define HEAP_BASE 0x1000000ull
#define HEAP_LIMIT 0xc0000000ull
#define WITHOUT_MAP 0x4000000ull

struct memmap_entry {
    uint64_t address, size;
    uint32_t type, reserved;
};

static uint64_t next, limit;

static uint64_t end_of_ram(void) {
    uint64_t info = start_info_address;
    if (!info || *(volatile uint32_t *)(info + START_VERSION) < 1) {
        return WITHOUT_MAP;
    }
    const struct memmap_entry *e = (const void *)*(volatile uint64_t *)(info + START_MEMMAP);
    uint32_t entries = *(volatile uint32_t *)(info + START_MEMMAP_ENTRIES);
    for (uint32_t i = 0; e && i < entries; i++) {
        if (e[i].type == 1 && e[i].address <= HEAP_BASE && e[i].address + e[i].size > HEAP_BASE) {
            return e[i].address + e[i].size;
        }
    }
    return WITHOUT_MAP;
}

void memory_setup(void) {
    next = HEAP_BASE;
    limit = end_of_ram();
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
