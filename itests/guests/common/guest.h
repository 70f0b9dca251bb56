/* What every bare-metal guest shares: CPU access, output, parameters, memory, time. */
#ifndef GUEST_H
#define GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values written to isa-debug-exit; a VMM that follows QEMU exits with (value << 1) | 1. */
enum {
    END_OK = 0x10,        /* exit status 33 */
    END_FAILED = 0x11,    /* exit status 35: a check failed, the output says which */
    END_PARAMETER = 0x12, /* exit status 37: bad parameter, or a device that is needed is missing */
    END_EXCEPTION = 0x13, /* exit status 39: an exception that nobody expected */
};

#define barrier() __asm__ volatile("" ::: "memory")
#define array_length(a) (sizeof(a) / sizeof((a)[0]))

static inline void out8(uint16_t port, uint8_t v) {
    __asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port) : "memory");
}

static inline void out16(uint16_t port, uint16_t v) {
    __asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port) : "memory");
}

static inline void out32(uint16_t port, uint32_t v) {
    __asm__ volatile("outl %0, %1" ::"a"(v), "Nd"(port) : "memory");
}

static inline uint8_t in8(uint16_t port) {
    uint8_t v;
    __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}

static inline uint16_t in16(uint16_t port) {
    uint16_t v;
    __asm__ volatile("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}

static inline uint32_t in32(uint16_t port) {
    uint32_t v;
    __asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
    return v;
}

static inline uint64_t rdtsc(void) {
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi)::"memory");
    return (uint64_t)hi << 32 | lo;
}

static inline void cpu_pause(void) {
    __asm__ volatile("pause" ::: "memory");
}

/* Orders earlier stores before later loads, without SSE2 instructions. */
static inline void full_fence(void) {
    __asm__ volatile("lock orl $0, -4(%%rsp)" ::: "memory", "cc");
}

static inline void cpuid(uint32_t leaf, uint32_t sub, uint32_t r[4]) {
    __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(sub));
}

/* One plain mov each: some VMMs decode nothing else on MMIO. */
static inline uint8_t mmio_read8(uint64_t a) {
    uint8_t v;
    __asm__ volatile("movb (%1), %0" : "=q"(v) : "r"(a) : "memory");
    return v;
}

static inline uint16_t mmio_read16(uint64_t a) {
    uint16_t v;
    __asm__ volatile("movw (%1), %0" : "=r"(v) : "r"(a) : "memory");
    return v;
}

static inline uint32_t mmio_read32(uint64_t a) {
    uint32_t v;
    __asm__ volatile("movl (%1), %0" : "=r"(v) : "r"(a) : "memory");
    return v;
}

static inline void mmio_write8(uint64_t a, uint8_t v) {
    __asm__ volatile("movb %0, (%1)" ::"q"(v), "r"(a) : "memory");
}

static inline void mmio_write16(uint64_t a, uint16_t v) {
    __asm__ volatile("movw %0, (%1)" ::"r"(v), "r"(a) : "memory");
}

static inline void mmio_write32(uint64_t a, uint32_t v) {
    __asm__ volatile("movl %0, (%1)" ::"r"(v), "r"(a) : "memory");
}

/* boot.S */
extern const int guest_cpl;                       /* defined by each guest: 0 or 3 */
extern volatile uint64_t interrupt_count[256];    /* per vector, counted by the stub */
extern void (*volatile interrupt_handler)(int vector); /* none: the stub sends the APIC's EOI */
extern uint64_t start_info_address;
/* From CPL 3: runs fn(a, b) at CPL 0 with interrupts off. */
long ring0(long (*fn)(long a, long b), long a, long b);
void guest_main(void);

/* console.c: output is collected in a line and leaves with one REP OUTSB. %s %u %d %x %c, all 64-bit. */
void console_setup(bool debugcon, bool serial);
void print(const char *format, ...);
void print_list(const char *format, va_list args);
_Noreturn void end(int status);
_Noreturn void die(const char *format, ...);

/* params.c */
/* Reads the command line; refuses names that are not in `known` (null-terminated list). */
void params_setup(const char *const *known);
uint64_t param_u64(const char *name, uint64_t otherwise);
const char *param_text(const char *name, const char *otherwise);
bool param_is(const char *name, const char *value, const char *otherwise);
bool text_equals(const char *a, const char *b);

/* memory.c: a bump allocator over the RAM above 16 MiB and below the PCI hole; memory=high: above 4 GiB. */
void memory_setup(void);
void *memory_take(uint64_t bytes, uint64_t align); /* not cleared; ends the guest when there is no more */
uint64_t memory_left(void);
/* Makes sure that addresses below 512 GiB can be used; those below 4 GiB always can. */
void memory_map(uint64_t from, uint64_t bytes);
/* What was taken after a mark can be given back at once. */
uint64_t memory_mark(void);
void memory_release(uint64_t mark);

/* time.c */
void time_setup(void);
extern uint64_t tsc_khz;
extern const char *tsc_source;
static inline uint64_t tsc_to_us(uint64_t t) {
    return tsc_khz ? t * 1000 / tsc_khz : 0;
}
static inline uint64_t ms_to_tsc(uint64_t ms) {
    return ms * tsc_khz;
}

/* apic.c: the local APIC in xAPIC mode at 0xfee00000 (SDM vol 3 §11.4). */
enum {
    APIC_ID = 0x20,
    APIC_VERSION = 0x30,
    APIC_TPR = 0x80,
    APIC_PPR = 0xa0,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_ISR = 0x100,
    APIC_IRR = 0x200,
    APIC_ICR_LOW = 0x300,
    APIC_ICR_HIGH = 0x310,
    APIC_LVT_TIMER = 0x320,
    APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,
};
#define APIC_BASE 0xfee00000ull
static inline uint32_t apic_read(uint32_t reg) {
    return mmio_read32(APIC_BASE + reg);
}
static inline void apic_write(uint32_t reg, uint32_t v) {
    mmio_write32(APIC_BASE + reg, v);
}
/* Enables the APIC (the boot code has masked both PICs); vector 0xff is the spurious one. */
void apic_setup(void);
/* Periodic timer interrupts on `vector` every `ms`; the rate is measured against the TSC. */
void apic_timer_periodic(int vector, uint64_t ms);

void *memset(void *d, int c, size_t n);
void *memcpy(void *d, const void *s, size_t n);

#endif
