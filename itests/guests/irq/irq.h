/* Interrupt checks: every group prints one line per check and never stops at a failure. */
#ifndef IRQ_H
#define IRQ_H

#include "../common/guest.h"
#include "../common/pci.h"

enum {
    VECTOR_PIC = 0x20, /* 16 of them */
    VECTOR_IOAPIC = 0x40,
    VECTOR_TIMER = 0x50,
    VECTOR_LOW = 0x60,
    VECTOR_HIGH = 0x80,
    VECTOR_MSIX = 0x90,
    VECTOR_AP = 0xa0,
    VECTOR_SPURIOUS = 0xff,
};

#define PIT_HZ 1193182u

/* Says `check=name result=ok|FAIL`, then the detail. */
void check(const char *name, bool ok, const char *format, ...);
void skipped(const char *name, const char *reason);

/* A deviation of the host that the caller has named with quirks=a,b. */
bool has_quirk(const char *name);

/* Whether a count lies within tolerance= percent of what is expected. */
bool about(uint64_t count, uint64_t expected);

/* Interrupts in 500 ms; up to three tries, because the host may be busy, the first that is about right. */
uint64_t count_in_500_ms(int vector, uint64_t expected);

/* What runs for a vector, at CPL 0 with interrupts off; it must send the EOI. None: the APIC's EOI. */
void on_interrupt(int vector, void (*handler)(void));

/* Waits with interrupts on. */
void wait_ms(uint64_t ms);
bool wait_for(int vector, uint64_t count, uint64_t ms);

/* Forgets counts and handlers, masks the PIC, the IOAPIC and the timer. */
void quiet(void);

/* PIT channel 0. */
void pit_once(uint32_t ticks);
void pit_periodic(uint32_t hz);
void pit_stop(void);

/* The RTC's periodic interrupt; reading register C takes its line down. */
enum { RTC_64_HZ = 10, RTC_2_HZ = 15 };
void rtc_start(int rate);
void rtc_stop(void);
uint8_t rtc_acknowledge(void);

void pic_mask(uint16_t mask);
uint32_t ioapic_read(uint32_t reg);
void ioapic_route(int pin, uint32_t low, uint32_t destination);
#define IOAPIC_MASKED (1u << 16)
#define IOAPIC_LEVEL (1u << 15)
#define IOAPIC_REMOTE_IRR (1u << 14)

void pic_checks(void);
void pit_checks(void);
void ioapic_checks(void);
void lapic_checks(void);
void x2apic_checks(void);
void msix_checks(void);
void intx_checks(void);
void smp_checks(void);

static inline uint64_t rdmsr(uint32_t msr) {
    uint32_t lo, hi;
    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

static inline void wrmsr(uint32_t msr, uint64_t v) {
    __asm__ volatile("wrmsr" ::"c"(msr), "a"((uint32_t)v), "d"((uint32_t)(v >> 32)) : "memory");
}

#endif
