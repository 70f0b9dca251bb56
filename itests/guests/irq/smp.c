/* Application processors: INIT, STARTUP (SDM vol 3 §9.4), and interrupts between processors. */
#include "irq.h"

#define TRAMPOLINE 0x8000
#define MAX_AP 8
#define ICR_INIT 0x4500
#define ICR_STARTUP (0x4600 | TRAMPOLINE >> 12)
#define ICR_ALL_OTHERS 0xc0000

extern const uint8_t trampoline[], trampoline_end[];
extern volatile uint32_t ap_count;
static volatile uint32_t ap_ids[MAX_AP];
static volatile uint64_t ap_interrupts[MAX_AP];
static volatile uint32_t ready;

void ap_main(uint32_t number);

static uint32_t number_of(uint32_t id) {
    uint32_t n = 0;
    while (n < MAX_AP && ap_ids[n] != id) {
        n++;
    }
    return n;
}

static void on_ap(void) {
    uint32_t n = number_of(apic_read(APIC_ID) >> 24);
    if (n < MAX_AP) {
        ap_interrupts[n]++;
    }
    apic_write(APIC_EOI, 0);
}

void ap_main(uint32_t number) {
    if (number < MAX_AP) {
        ap_ids[number] = apic_read(APIC_ID) >> 24;
        apic_write(APIC_TPR, 0);
        apic_write(APIC_SPURIOUS, 0x1ff);
        __asm__ volatile("lock incl %0" : "+m"(ready)::"memory");
        for (;;) {
            __asm__ volatile("sti; hlt" ::: "memory");
        }
    }
}

static void send(uint32_t low, uint32_t destination) {
    apic_write(APIC_ICR_HIGH, destination << 24);
    apic_write(APIC_ICR_LOW, low);
}

static void wait_for_ap(uint32_t n, uint64_t count) {
    uint64_t end = rdtsc() + ms_to_tsc(2000);
    while (ap_interrupts[n] < count && rdtsc() < end) {
        cpu_pause();
    }
}

static uint32_t in_turn(uint32_t count) {
    uint32_t answered = 0;
    for (uint32_t n = 0; n < count; n++) {
        send(VECTOR_AP, ap_ids[n]);
        wait_for_ap(n, 1);
        wait_ms(5);
        bool only = true;
        for (uint32_t other = 0; other < count; other++) {
            only &= ap_interrupts[other] == (other <= n ? 1 : 0);
        }
        answered += only;
    }
    return answered;
}

void smp_checks(void) {
    uint32_t others = param_u64("cpus", 1) - 1;
    if (!others) {
        skipped("smp", "cpus=1");
        return;
    }
    if (others > MAX_AP) {
        die("cpus: at most %u", (uint64_t)MAX_AP + 1);
    }
    for (int i = 0; i < MAX_AP; i++) {
        ap_ids[i] = 0xffffffff;
    }
    memcpy((void *)TRAMPOLINE, trampoline, trampoline_end - trampoline);
    on_interrupt(VECTOR_AP, on_ap);
    send(ICR_INIT | ICR_ALL_OTHERS, 0);
    wait_ms(10);
    send(ICR_STARTUP | ICR_ALL_OTHERS, 0);
    wait_ms(1);
    if (ready < others) {
        send(ICR_STARTUP | ICR_ALL_OTHERS, 0);
    }
    uint64_t end = rdtsc() + ms_to_tsc(2000);
    while (ready < others && rdtsc() < end) {
        cpu_pause();
    }
    wait_ms(10);
    check("smp.start", ready == others, "started=%u expected=%u first_id=%u", (uint64_t)ready, (uint64_t)others,
          (uint64_t)ap_ids[0]);
    if (ready != others) {
        return;
    }
    uint32_t answered = in_turn(others);
    check("smp.ipi", answered == others, "answered=%u", (uint64_t)answered);
    send(ICR_ALL_OTHERS | VECTOR_AP, 0);
    uint32_t all = 0;
    for (uint32_t n = 0; n < others; n++) {
        wait_for_ap(n, 2);
        all += ap_interrupts[n] == 2;
    }
    check("smp.broadcast", all == others, "answered=%u", (uint64_t)all);
}
