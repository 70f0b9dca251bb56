/* 82093AA (Intel 290566): one IOAPIC at 0xfec00000 with 24 pins, ISA interrupts on pins 0-15. */
#include "irq.h"

#define IOAPIC 0xfec00000ull
#define RTC_PIN 8

static volatile uint64_t level_entry_inside;

uint32_t ioapic_read(uint32_t reg) {
    mmio_write32(IOAPIC, reg);
    return mmio_read32(IOAPIC + 0x10);
}

static void ioapic_write(uint32_t reg, uint32_t v) {
    mmio_write32(IOAPIC, reg);
    mmio_write32(IOAPIC + 0x10, v);
}

void ioapic_route(int pin, uint32_t low, uint32_t destination) {
    ioapic_write(0x10 + 2 * pin, IOAPIC_MASKED);
    ioapic_write(0x11 + 2 * pin, destination << 24);
    ioapic_write(0x10 + 2 * pin, low);
}

/* The RTC's line stays up: with a level pin, the EOI brings the interrupt back at once. */
static void rtc_level(void) {
    level_entry_inside = ioapic_read(0x10 + 2 * RTC_PIN);
    if (interrupt_count[VECTOR_IOAPIC + RTC_PIN] >= 3) {
        rtc_stop();
    }
    apic_write(APIC_EOI, 0);
}

static void registers(void) {
    uint32_t version = ioapic_read(1);
    check("ioapic.version", (version >> 16 & 0xff) == 23, "version=0x%x", (uint64_t)version);
    ioapic_route(10, IOAPIC_MASKED | IOAPIC_LEVEL | 0x3055, 0x5a);
    uint32_t low = ioapic_read(0x10 + 20);
    uint32_t high = ioapic_read(0x11 + 20);
    /* delivery status and remote IRR are read-only */
    check("ioapic.entry", low == (IOAPIC_MASKED | IOAPIC_LEVEL | 0x2055) && high >> 24 == 0x5a,
          "low=0x%x high=0x%x", (uint64_t)low, (uint64_t)high);
    ioapic_route(10, IOAPIC_MASKED, 0);
}

static void edge(void) {
    uint32_t self = apic_read(APIC_ID) >> 24;
    ioapic_route(0, VECTOR_IOAPIC, self);
    ioapic_route(2, VECTOR_IOAPIC + 2, self);
    wait_ms(20); /* whatever is still on its way */
    interrupt_count[VECTOR_IOAPIC] = interrupt_count[VECTOR_IOAPIC + 2] = 0;
    pit_once(1000);
    uint64_t end = rdtsc() + ms_to_tsc(2000);
    while (!interrupt_count[VECTOR_IOAPIC] && !interrupt_count[VECTOR_IOAPIC + 2] && rdtsc() < end) {
        wait_ms(1);
    }
    wait_ms(20);
    uint64_t pin0 = interrupt_count[VECTOR_IOAPIC];
    uint64_t pin2 = interrupt_count[VECTOR_IOAPIC + 2];
    check("ioapic.edge", pin0 + pin2 == 1, "pin0=%u pin2=%u", pin0, pin2);
    int pin = pin2 ? 2 : 0;
    pit_periodic(500);
    bool came = wait_for(VECTOR_IOAPIC + pin, 4, 2000);
    check("ioapic.edge_again", came, "interrupts=%u", interrupt_count[VECTOR_IOAPIC + pin]);
    ioapic_route(0, IOAPIC_MASKED | VECTOR_IOAPIC, self);
    ioapic_route(2, IOAPIC_MASKED | (VECTOR_IOAPIC + 2), self);
    wait_ms(5);
    uint64_t before = interrupt_count[VECTOR_IOAPIC + pin];
    wait_ms(10);
    uint64_t after = interrupt_count[VECTOR_IOAPIC + pin];
    check("ioapic.masked", before == after, "before=%u after=%u", before, after);
    pit_stop();
}

static void level(void) {
    int vector = VECTOR_IOAPIC + RTC_PIN;
    on_interrupt(vector, rtc_level);
    ioapic_route(RTC_PIN, IOAPIC_LEVEL | vector, apic_read(APIC_ID) >> 24);
    rtc_start(RTC_64_HZ);
    wait_for(vector, 1, 2000);
    bool repeated = wait_for(vector, 3, 200); /* the RTC's period is 500 ms: the pin repeats, not the clock */
    wait_ms(30);
    uint64_t count = interrupt_count[vector];
    rtc_stop();
    check("ioapic.level", repeated && count == 3, "interrupts=%u until the line went down", count);
    uint32_t after = ioapic_read(0x10 + 2 * RTC_PIN);
    check("ioapic.remote_irr", level_entry_inside & IOAPIC_REMOTE_IRR && !(after & IOAPIC_REMOTE_IRR),
          "inside=0x%x after_eoi=0x%x", level_entry_inside, (uint64_t)after);
    ioapic_route(RTC_PIN, IOAPIC_MASKED, 0);
}

void ioapic_checks(void) {
    registers();
    edge();
    if (has_quirk("eoi_at_injection")) {
        skipped("ioapic.level", "quirk eoi_at_injection");
        return;
    }
    level();
}
