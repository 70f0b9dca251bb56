/* Checks the interrupt controllers and their sources, all at CPL 0. README.md lists groups and parameters. */
#include "irq.h"

const int guest_cpl = 0;

static const char *const known[] = {"only", "skip", "cpus", "quirks", "tolerance", 0};
static void (*handlers[256])(void);
static uint64_t passed, failed, left_out;

static void dispatch(int vector) {
    if (handlers[vector]) {
        handlers[vector]();
    } else if (vector != VECTOR_SPURIOUS) {
        apic_write(APIC_EOI, 0);
    }
}

void on_interrupt(int vector, void (*handler)(void)) {
    handlers[vector] = handler;
}

void check(const char *name, bool ok, const char *format, ...) {
    print("check=%s result=%s ", name, ok ? "ok" : "FAIL");
    va_list args;
    va_start(args, format);
    print_list(format, args);
    va_end(args);
    print("\n");
    if (ok) {
        passed++;
    } else {
        failed++;
    }
}

void skipped(const char *name, const char *reason) {
    print("check=%s result=skipped reason=%s\n", name, reason);
    left_out++;
}

void wait_ms(uint64_t ms) {
    uint64_t end = rdtsc() + ms_to_tsc(ms);
    __asm__ volatile("sti");
    while (rdtsc() < end) {
        cpu_pause();
    }
    __asm__ volatile("cli");
}

bool wait_for(int vector, uint64_t count, uint64_t ms) {
    uint64_t end = rdtsc() + ms_to_tsc(ms);
    __asm__ volatile("sti");
    while (interrupt_count[vector] < count && rdtsc() < end) {
        cpu_pause();
    }
    __asm__ volatile("cli");
    return interrupt_count[vector] >= count;
}

void quiet(void) {
    __asm__ volatile("cli");
    pic_mask(0xffff);
    apic_write(APIC_LVT_TIMER, 1u << 16);
    apic_write(APIC_TIMER_INITIAL, 0);
    for (int pin = 0; pin < 24; pin++) {
        ioapic_route(pin, IOAPIC_MASKED, 0);
    }
    pit_stop();
    wait_ms(10);
    for (int i = 0; i < 256; i++) {
        interrupt_count[i] = 0;
        handlers[i] = 0;
    }
}

static bool listed(const char *list, const char *word) {
    while (*list) {
        const char *w = word;
        while (*w && *list == *w) {
            list++;
            w++;
        }
        if (!*w && (!*list || *list == ',')) {
            return true;
        }
        while (*list && *list++ != ',') {
        }
    }
    return false;
}

bool has_quirk(const char *name) {
    return listed(param_text("quirks", ""), name);
}

bool about(uint64_t count, uint64_t expected) {
    uint64_t off = expected * param_u64("tolerance", 50) / 100;
    return count + off >= expected && count <= expected + off;
}

uint64_t count_in_500_ms(int vector, uint64_t expected) {
    uint64_t count = 0;
    for (int tries = 0; tries < 3 && !about(count, expected); tries++) {
        uint64_t before = interrupt_count[vector];
        wait_ms(500);
        count = interrupt_count[vector] - before;
    }
    return count;
}

static void group(const char *name, void (*run)(void)) {
    const char *only = param_text("only", "");
    if ((*only && !listed(only, name)) || listed(param_text("skip", ""), name)) {
        return;
    }
    quiet();
    run();
}

void guest_main(void) {
    params_setup(known);
    memory_setup();
    time_setup();
    apic_setup();
    interrupt_handler = dispatch;
    print("guest=irq tsc_khz=%u tsc_source=%s apic_id=%u apic_version=0x%x\n", tsc_khz, tsc_source,
          (uint64_t)(apic_read(APIC_ID) >> 24), (uint64_t)apic_read(APIC_VERSION));
    group("pic", pic_checks);
    group("pit", pit_checks);
    group("ioapic", ioapic_checks);
    group("lapic", lapic_checks);
    group("msix", msix_checks);
    group("intx", intx_checks);
    group("smp", smp_checks);
    group("x2apic", x2apic_checks);
    print("passed=%u failed=%u skipped=%u\n", passed, failed, left_out);
    print("result=%s\n", failed ? "FAIL" : "ok");
    end(failed ? END_FAILED : END_OK);
}
