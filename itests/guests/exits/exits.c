/* Counts and times exits: N port writes and reads, N MMIO reads, from CPL 0 and from CPL 3. */
#include "../common/guest.h"

const int guest_cpl = 3;

static const char *const known[] = {"n", "port", "mmio", "mode", "cpl", "rounds", 0};

struct job {
    uint64_t n, port, mmio, ticks;
};

/* The loops are assembly so that exactly one access per turn is made and little else is interpreted at CPL 0. */
static long port_writes(long at, long unused) {
    struct job *j = (struct job *)at;
    uint64_t n = j->n;
    uint64_t start = rdtsc();
    __asm__ volatile("1: outb %%al, %%dx\n\tdecq %0\n\tjnz 1b" : "+r"(n) : "a"(0), "d"(j->port) : "cc", "memory");
    j->ticks = rdtsc() - start;
    return unused;
}

static long port_reads(long at, long unused) {
    struct job *j = (struct job *)at;
    uint64_t n = j->n;
    uint64_t value = 0;
    uint64_t start = rdtsc();
    __asm__ volatile("1: inb %%dx, %%al\n\tdecq %0\n\tjnz 1b" : "+r"(n), "+a"(value) : "d"(j->port) : "cc", "memory");
    j->ticks = rdtsc() - start;
    return unused;
}

static long mmio_reads(long at, long unused) {
    struct job *j = (struct job *)at;
    uint64_t n = j->n;
    uint64_t value;
    uint64_t start = rdtsc();
    __asm__ volatile("1: movl (%2), %k1\n\tdecq %0\n\tjnz 1b" : "+r"(n), "=&r"(value) : "r"(j->mmio) : "cc", "memory");
    j->ticks = rdtsc() - start;
    return unused;
}

static long mmio_writes(long at, long unused) {
    struct job *j = (struct job *)at;
    uint64_t n = j->n;
    uint64_t start = rdtsc();
    __asm__ volatile("1: movl %k1, (%2)\n\tdecq %0\n\tjnz 1b" : "+r"(n) : "r"(0ul), "r"(j->mmio) : "cc", "memory");
    j->ticks = rdtsc() - start;
    return unused;
}

/* The same turns without an access: what the loop and the way to CPL 0 cost. */
static long nothing(long at, long unused) {
    struct job *j = (struct job *)at;
    uint64_t n = j->n;
    uint64_t start = rdtsc();
    __asm__ volatile("1: nop\n\tdecq %0\n\tjnz 1b" : "+r"(n) : : "cc", "memory");
    j->ticks = rdtsc() - start;
    return unused;
}

static void measure(const char *what, long (*run)(long, long), struct job job, int cpl, uint64_t round) {
    if (cpl == 0) {
        ring0(run, (long)&job, 0);
    } else {
        run((long)&job, 0);
    }
    print("access=%s cpl=%u round=%u n=%u ticks=%u ticks_per_access=%u ns_per_access=%u\n", what,
          (uint64_t)cpl, round, job.n, job.ticks, job.n ? job.ticks / job.n : 0,
          job.n ? job.ticks * 1000000 / tsc_khz / job.n : 0);
}

void guest_main(void) {
    params_setup(known);
    time_setup();
    struct job job = {
            .n = param_u64("n", 10000), .port = param_u64("port", 0x80), .mmio = param_u64("mmio", 0xfed40000)};
    const char *mode = param_text("mode", "both");
    const char *cpl = param_text("cpl", "both");
    bool pio = !text_equals(mode, "mmio");
    bool mmio = !text_equals(mode, "pio");
    if (!job.n) {
        die("n must be at least 1");
    }
    if (pio && mmio && !text_equals(mode, "both")) {
        die("mode='%s': pio, mmio or both", mode);
    }
    if (!text_equals(cpl, "0") && !text_equals(cpl, "3") && !text_equals(cpl, "both")) {
        die("cpl='%s': 0, 3 or both", cpl);
    }
    print("guest=exits n=%u port=0x%x mmio=0x%x tsc_khz=%u tsc_source=%s\n", job.n, job.port, job.mmio,
          tsc_khz, tsc_source);
    uint64_t total_pio = 0;
    uint64_t total_mmio = 0;
    for (uint64_t round = 0; round < param_u64("rounds", 1); round++) {
        for (int level = 0; level <= 3; level += 3) {
            if (text_equals(cpl, level ? "0" : "3")) {
                continue;
            }
            measure("none", nothing, job, level, round);
            if (pio) {
                measure("pio_write", port_writes, job, level, round);
                measure("pio_read", port_reads, job, level, round);
                total_pio += 2 * job.n;
            }
            if (mmio) {
                measure("mmio_write", mmio_writes, job, level, round);
                measure("mmio_read", mmio_reads, job, level, round);
                total_mmio += 2 * job.n;
            }
        }
    }
    print("pio_accesses=%u mmio_accesses=%u\n", total_pio, total_mmio);
    print("result=ok\n");
    end(END_OK);
}
