/* Local APIC (SDM vol 3 §11): timer, interprocessor interrupts to itself, priorities, x2APIC. */
#include "irq.h"

#define TIMER_PERIODIC (1u << 17)
#define TIMER_DEADLINE (2u << 17)
#define MASKED (1u << 16)
#define ICR_PENDING (1u << 12)
#define ICR_SELF (1u << 18)
#define ICR_LOGICAL (1u << 11)
#define MSR_APIC_BASE 0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC 0x800

static volatile uint32_t isr_inside, ppr_inside;
static volatile uint64_t low_while_high, nested;

static bool bit_of(uint32_t registers, int vector) {
    return apic_read(registers + (vector >> 5) * 0x10) >> (vector & 31) & 1;
}

static void send(uint32_t low, uint32_t destination) {
    apic_write(APIC_ICR_HIGH, destination << 24);
    apic_write(APIC_ICR_LOW, low);
}

static void timer(void) {
    apic_write(APIC_TIMER_DIVIDE, 0x3);
    apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
    apic_write(APIC_TIMER_INITIAL, 100000);
    bool came = wait_for(VECTOR_TIMER, 1, 2000);
    wait_ms(20);
    check("lapic.one_shot", came && interrupt_count[VECTOR_TIMER] == 1 && apic_read(APIC_TIMER_CURRENT) == 0,
          "interrupts=%u current=%u", interrupt_count[VECTOR_TIMER], (uint64_t)apic_read(APIC_TIMER_CURRENT));

    apic_write(APIC_TIMER_INITIAL, 0xffffffff);
    uint32_t first = apic_read(APIC_TIMER_CURRENT);
    uint64_t start = rdtsc();
    wait_ms(20);
    uint32_t ticks = first - apic_read(APIC_TIMER_CURRENT);
    ticks = ticks * ms_to_tsc(20) / (rdtsc() - start); /* the wait may have been longer */
    check("lapic.counts_down", ticks > 0 && first > 0xf0000000, "ticks_in_20_ms=%u", (uint64_t)ticks);

    apic_write(APIC_LVT_TIMER, TIMER_PERIODIC | VECTOR_TIMER);
    apic_write(APIC_TIMER_INITIAL, ticks ? ticks : 1); /* 20 ms */
    uint64_t count = count_in_500_ms(VECTOR_TIMER, 25);
    check("lapic.periodic", about(count, 25), "interrupts_in_500_ms=%u expected=25", count);

    apic_write(APIC_LVT_TIMER, MASKED | TIMER_PERIODIC | VECTOR_TIMER);
    wait_ms(10);
    count = interrupt_count[VECTOR_TIMER];
    wait_ms(20);
    check("lapic.timer_masked", interrupt_count[VECTOR_TIMER] == count, "interrupts=%u",
          interrupt_count[VECTOR_TIMER] - count);
    apic_write(APIC_TIMER_INITIAL, 0);
}

/* Arms the timer and reads the deadline back; false when the host kept us from reading it before it had passed. */
static bool arm(uint64_t at, uint64_t *armed) {
    wrmsr(MSR_TSC_DEADLINE, at);
    *armed = rdmsr(MSR_TSC_DEADLINE);
    return rdtsc() < at;
}

static void deadline(void) {
    uint32_t r[4];
    cpuid(1, 0, r);
    if (!(r[2] >> 24 & 1)) {
        skipped("lapic.tsc_deadline", "no CPUID bit");
        return;
    }
    apic_write(APIC_LVT_TIMER, TIMER_DEADLINE | VECTOR_TIMER);
    uint64_t at, armed;
    bool in_time = false;
    for (uint64_t ms = 5; ms <= 320 && !in_time; ms *= 4) {
        wrmsr(MSR_TSC_DEADLINE, 0);
        wait_ms(5); /* what the try before has left on its way */
        interrupt_count[VECTOR_TIMER] = 0;
        at = rdtsc() + ms_to_tsc(ms);
        in_time = arm(at, &armed);
    }
    bool came = wait_for(VECTOR_TIMER, 1, 2000);
    uint64_t late = rdtsc() - at;
    uint64_t disarmed = rdmsr(MSR_TSC_DEADLINE);
    check("lapic.tsc_deadline", came && (int64_t)late >= 0 && armed == at && disarmed == 0,
          "interrupts=%u late_us=%d armed=%u disarmed=%u", interrupt_count[VECTOR_TIMER],
          (int64_t)late * 1000 / (int64_t)tsc_khz, (uint64_t)(armed == at), disarmed);
    apic_write(APIC_LVT_TIMER, MASKED);
}

static void look_inside(void) {
    isr_inside = bit_of(APIC_ISR, VECTOR_LOW);
    ppr_inside = apic_read(APIC_PPR);
    apic_write(APIC_EOI, 0);
}

static void to_itself(void) {
    on_interrupt(VECTOR_LOW, look_inside);
    send(ICR_SELF | VECTOR_LOW, 0);
    bool came = wait_for(VECTOR_LOW, 1, 2000);
    check("lapic.ipi_self", came, "interrupts=%u", interrupt_count[VECTOR_LOW]);
    if (has_quirk("eoi_at_injection")) {
        skipped("lapic.isr_ppr", "quirk eoi_at_injection");
    } else {
        bool inside = isr_inside && (ppr_inside & 0xf0) == (VECTOR_LOW & 0xf0);
        check("lapic.isr_ppr", inside && !bit_of(APIC_ISR, VECTOR_LOW), "isr_inside=%u ppr_inside=0x%x",
              (uint64_t)isr_inside, (uint64_t)ppr_inside);
    }
    send(VECTOR_LOW, apic_read(APIC_ID) >> 24);
    came = wait_for(VECTOR_LOW, 2, 2000);
    check("lapic.ipi_physical", came, "interrupts=%u", interrupt_count[VECTOR_LOW]);
    apic_write(0xe0, 0xffffffff); /* DFR: flat */
    apic_write(0xd0, 0x40000000); /* LDR */
    send(ICR_LOGICAL | VECTOR_LOW, 0x40);
    came = wait_for(VECTOR_LOW, 3, 2000);
    send(ICR_LOGICAL | VECTOR_LOW, 0x20);
    wait_ms(5);
    check("lapic.ipi_logical", came && interrupt_count[VECTOR_LOW] == 3, "interrupts=%u",
          interrupt_count[VECTOR_LOW]);
}

static void task_priority(void) {
    interrupt_count[VECTOR_LOW] = 0;
    apic_write(APIC_TPR, 0x70);
    send(ICR_SELF | VECTOR_LOW, 0);
    wait_ms(20);
    uint64_t before = interrupt_count[VECTOR_LOW];
    bool waiting = bit_of(APIC_IRR, VECTOR_LOW);
    send(ICR_SELF | VECTOR_HIGH, 0);
    bool high = wait_for(VECTOR_HIGH, 1, 2000);
    apic_write(APIC_TPR, 0);
    bool after = wait_for(VECTOR_LOW, 1, 2000);
    check("lapic.tpr", !before && waiting && high && after, "held=%u irr=%u higher_came=%u then=%u",
          (uint64_t)!before, (uint64_t)waiting, (uint64_t)high, interrupt_count[VECTOR_LOW]);
}

static void nesting_handler(void) {
    send(ICR_SELF | VECTOR_TIMER, 0); /* lower class: must wait */
    send(ICR_SELF | VECTOR_HIGH, 0);  /* higher class: comes at once */
    wait_for(VECTOR_HIGH, 1, 2000);
    wait_ms(5); /* long enough for the lower one, were it let through */
    nested = interrupt_count[VECTOR_HIGH];
    low_while_high = interrupt_count[VECTOR_TIMER];
    apic_write(APIC_EOI, 0);
}

static void nesting(void) {
    interrupt_count[VECTOR_LOW] = interrupt_count[VECTOR_HIGH] = interrupt_count[VECTOR_TIMER] = 0;
    on_interrupt(VECTOR_LOW, nesting_handler);
    send(ICR_SELF | VECTOR_LOW, 0);
    bool finally = wait_for(VECTOR_TIMER, 1, 2000);
    check("lapic.nesting", nested == 1 && low_while_high == 0 && finally, "higher_inside=%u lower_inside=%u lower_after=%u",
          nested, low_while_high, interrupt_count[VECTOR_TIMER]);
}

void lapic_checks(void) {
    timer();
    deadline();
    to_itself();
    task_priority();
    if (has_quirk("eoi_at_injection")) {
        skipped("lapic.nesting", "quirk eoi_at_injection");
    } else {
        nesting();
    }
}

static void x2apic_end(void) {
    wrmsr(MSR_X2APIC + 0x0b, 0);
}

void x2apic_checks(void) {
    uint32_t r[4];
    cpuid(1, 0, r);
    if (!(r[2] >> 21 & 1)) {
        skipped("x2apic", "no CPUID bit");
        return;
    }
    uint32_t id = apic_read(APIC_ID) >> 24;
    uint64_t base = rdmsr(MSR_APIC_BASE);
    wrmsr(MSR_APIC_BASE, base | 0x400);
    check("x2apic.enable", rdmsr(MSR_APIC_BASE) & 0x400, "base=0x%x", rdmsr(MSR_APIC_BASE));
    check("x2apic.id", rdmsr(MSR_X2APIC + 0x02) == id, "id=%u xapic_id=%u", rdmsr(MSR_X2APIC + 0x02), (uint64_t)id);
    on_interrupt(VECTOR_LOW, x2apic_end);
    wrmsr(MSR_X2APIC + 0x3f, VECTOR_LOW);
    bool came = wait_for(VECTOR_LOW, 1, 2000);
    check("x2apic.self_ipi", came, "interrupts=%u", interrupt_count[VECTOR_LOW]);
    wrmsr(MSR_X2APIC + 0x30, (uint64_t)id << 32 | VECTOR_LOW);
    came = wait_for(VECTOR_LOW, 2, 2000);
    check("x2apic.icr", came, "interrupts=%u", interrupt_count[VECTOR_LOW]);
}
