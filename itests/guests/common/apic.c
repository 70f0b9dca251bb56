#include "guest.h"

#define TIMER_PERIODIC (1u << 17)
#define TIMER_MASKED (1u << 16)

void apic_setup(void) {
    apic_write(APIC_TPR, 0);
    apic_write(APIC_SPURIOUS, 0x1ff);
}

void apic_timer_periodic(int vector, uint64_t ms) {
    apic_write(APIC_LVT_TIMER, TIMER_MASKED | vector);
    apic_write(APIC_TIMER_DIVIDE, 0x3); /* by 16 */
    uint64_t start = rdtsc();
    apic_write(APIC_TIMER_INITIAL, 0xffffffff);
    while (rdtsc() - start < ms_to_tsc(10)) {
        cpu_pause();
    }
    uint64_t ticks = 0xffffffffu - apic_read(APIC_TIMER_CURRENT);
    uint64_t took = rdtsc() - start;
    uint64_t period = ticks * ms_to_tsc(ms) / took;
    if (period > 0xffffffff) {
        period = 0xffffffff;
    }
    apic_write(APIC_LVT_TIMER, TIMER_PERIODIC | vector);
    apic_write(APIC_TIMER_INITIAL, period ? (uint32_t)period : 1);
}
