/* Drives virtio-blk from CPL 3: verified load or benchmark. README.md explains parameters and output. */
#include "disk.h"
#include "histogram.h"
#include "verify.h"

#define VECTOR_TIMER 0x41
#define PRINTED_FAILURES 20

const int guest_cpl = 3;

static struct disk disk;
static struct verify verify;
static struct histogram latency;

/* Settings. */
static bool verifying, random_order, halting;
static uint32_t percent_write, percent_zero, percent_discard;
static uint64_t flush_every, smallest, region_first, region_units, block_sectors;
static uint64_t stop_requests, stop_tsc, heartbeat_tsc;
static bool *unit_busy;

/* Counts. */
static uint64_t started, done, errors, bad_lengths, loops, by_op[16];
static uint64_t cursor, since_flush, next_heartbeat, begin_tsc;
static bool recording, reading_back;

static const char *const known[] = {
        "mode",   "rw",       "bs",    "minbs",     "depth", "queues", "qsize",    "segs",   "indirect",
        "write",  "zero",     "discard", "flush",   "seed",  "region", "start",    "run",    "seconds",
        "requests", "wait",   "irq",   "event_idx", "hb_ms", "drain_s", "dev",     "bars",   0};

static uint64_t random_state;

static uint64_t random_next(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint32_t random_below(uint32_t n) {
    return (uint64_t)(uint32_t)(random_next() >> 16) * n >> 32;
}

static void read_mode(void) {
    const char *rw = param_text("rw", "randread");
    verifying = param_is("mode", "verify", "verify");
    if (!verifying && !param_is("mode", "iops", "") && !param_is("mode", "throughput", "")) {
        die("mode='%s': verify, iops or throughput", param_text("mode", ""));
    }
    if (verifying) {
        random_order = true;
        percent_write = param_u64("write", 60);
    } else if (text_equals(rw, "read") || text_equals(rw, "write")) {
        percent_write = text_equals(rw, "write") ? 100 : 0;
    } else if (text_equals(rw, "randread") || text_equals(rw, "randwrite") || text_equals(rw, "randrw")) {
        random_order = true;
        percent_write = text_equals(rw, "randread") ? 0 : text_equals(rw, "randwrite") ? 100 : param_u64("write", 50);
    } else {
        die("rw='%s': read, write, randread, randwrite or randrw", rw);
    }
    percent_zero = verifying && disk_has(&disk, F_ZERO) ? param_u64("zero", 0) : 0;
    percent_discard = verifying && disk_has(&disk, F_DISCARD) ? param_u64("discard", 0) : 0;
    flush_every = disk_has(&disk, F_FLUSH) ? param_u64("flush", verifying ? 256 : 0) : 0;
    if (percent_write && disk_has(&disk, F_READ_ONLY)) {
        die("the disk is read-only");
    }
}

static void read_region(void) {
    block_sectors = disk.block / SECTOR;
    smallest = param_u64("minbs", disk.block) / SECTOR;
    if (!smallest || smallest > block_sectors) {
        die("minbs must be a multiple of 512 and at most bs");
    }
    uint64_t whole = disk.sectors * SECTOR;
    region_first = param_u64("start", 0) / SECTOR;
    uint64_t left = region_first < disk.sectors ? whole - region_first * SECTOR : 0;
    uint64_t otherwise = verifying && left > (64 << 20) ? 64 << 20 : left;
    uint64_t region = param_u64("region", otherwise);
    if (region > left || region < disk.block) {
        die("region=%u at start=%u does not fit a disk of %u bytes", region, region_first * SECTOR, whole);
    }
    region_units = region / disk.block;
    if (verifying && region_units < 2ull * disk.depth * disk.lanes) {
        die("region has %u blocks; verify needs at least twice depth x queues", region_units);
    }
    if (region_units > 0xffffffff) {
        region_units = 0xffffffff;
    }
}

static void read_end(void) {
    stop_requests = param_u64("requests", 0);
    stop_tsc = param_u64("seconds", stop_requests ? 0 : 10);
    stop_tsc = ms_to_tsc(stop_tsc * 1000);
    heartbeat_tsc = ms_to_tsc(param_u64("hb_ms", 1000));
    halting = param_is("wait", "hlt", "spin");
    if (halting && param_is("irq", "none", "msix")) {
        die("wait=hlt needs irq=msix");
    }
}

static uint32_t in_flight(void) {
    return started - done;
}

static void heartbeat(uint64_t now) {
    if (!heartbeat_tsc || now < next_heartbeat) {
        return;
    }
    next_heartbeat = now + heartbeat_tsc;
    print("hb=%u done=%u t_ms=%u inflight=%u bad=%u\n", loops, done, tsc_to_us(now - begin_tsc) / 1000,
          (uint64_t)in_flight(), errors + bad_lengths + verify.mismatches);
    if (virtio_status(&disk.virtio) & STATUS_NEEDS_RESET) {
        print("result=FAIL reason=device_needs_reset\n");
        end(END_FAILED);
    }
}

static void complete(struct lane *l, struct slot *s, uint32_t length, uint64_t now) {
    bool failed = *s->status != 0;
    uint32_t expected = 1 + (s->op == OP_READ ? s->bytes : 0);
    if (failed && errors++ < PRINTED_FAILURES) {
        print("failed op=%u sector=%u bytes=%u status=%u\n", (uint64_t)s->op, s->sector,
              (uint64_t)s->bytes, (uint64_t)*s->status);
    } else if (!failed && length != expected && bad_lengths++ < PRINTED_FAILURES) {
        print("bad_length op=%u sector=%u length=%u expected=%u\n", (uint64_t)s->op, s->sector,
              (uint64_t)length, (uint64_t)expected);
    }
    if (recording) {
        histogram_add(&latency, now - s->started);
        by_op[s->op]++;
    }
    if (verifying) {
        verify_complete(&verify, s, failed);
        if (s->op != OP_FLUSH) {
            unit_busy[(s->sector - region_first) / block_sectors] = false;
        }
    }
    done++;
    disk_release(l, s);
}

/* A block without a request in flight, and a stretch of it; false: none found quickly. */
static bool choose_place(struct slot *s) {
    uint32_t unit = random_order ? random_below(region_units) : cursor++ % region_units;
    for (int tries = 0; verifying && unit_busy[unit]; tries++) {
        if (tries == 16) {
            return false;
        }
        unit = unit + 1 < region_units ? unit + 1 : 0;
    }
    uint64_t sectors = block_sectors;
    uint64_t skip = 0;
    if (smallest < block_sectors) {
        sectors = smallest + random_below(block_sectors - smallest + 1);
        skip = random_below(block_sectors - sectors + 1);
    }
    s->sector = region_first + unit * block_sectors + skip;
    s->bytes = sectors * SECTOR;
    if (verifying) {
        unit_busy[unit] = true;
    }
    return true;
}

static enum op choose_op(uint64_t sector) {
    if (!percent_write || percent_write == 100) {
        return percent_write ? OP_WRITE : OP_READ;
    }
    uint32_t dice = random_below(100);
    if (dice < percent_zero) {
        return OP_ZERO;
    }
    if (dice < percent_zero + percent_discard) {
        return OP_DISCARD;
    }
    dice = random_below(100);
    return dice < percent_write || (verifying && !verify_knows(&verify, sector)) ? OP_WRITE : OP_READ;
}

/* The next block of the region that has known contents, to be read once; false: the end. */
static bool choose_read_back(struct slot *s) {
    while (cursor < region_units) {
        uint64_t sector = region_first + cursor++ * block_sectors;
        for (uint64_t i = 0; i < block_sectors; i++) {
            if (verify_knows(&verify, sector + i)) {
                s->op = OP_READ;
                s->sector = sector;
                s->bytes = disk.block;
                return true;
            }
        }
    }
    return false;
}

static bool choose(struct slot *s) {
    if (reading_back) {
        return choose_read_back(s);
    }
    if (flush_every && ++since_flush >= flush_every) {
        since_flush = 0;
        s->op = OP_FLUSH;
        s->bytes = 0;
        return true;
    }
    if (!choose_place(s)) {
        return false;
    }
    s->op = choose_op(s->sector);
    return true;
}

static bool fill(struct lane *l) {
    bool any = false;
    while (l->free_count && !(stop_requests && !reading_back && started >= stop_requests)) {
        struct slot *s = &l->slots[l->free[l->free_count - 1]];
        if (!choose(s)) {
            break;
        }
        l->free_count--;
        if (verifying) {
            verify_prepare(&verify, s);
        }
        s->started = rdtsc();
        disk_start(&disk, l, s);
        started++;
        any = true;
    }
    queue_publish(&l->queue);
    return any;
}

static bool harvest(struct lane *l) {
    uint32_t length;
    struct slot *s = disk_finished(l, &length);
    if (!s) {
        return false;
    }
    uint64_t now = rdtsc();
    do {
        complete(l, s, length, now);
        s = disk_finished(l, &length);
    } while (s);
    queue_arm(&l->queue);
    return true;
}

static long halt_while(long disk_interrupts, long timer_interrupts) {
    if (interrupt_count[VECTOR_DISK] == (uint64_t)disk_interrupts
        && interrupt_count[VECTOR_TIMER] == (uint64_t)timer_interrupts) {
        __asm__ volatile("sti; hlt; cli" ::: "memory");
    }
    return 0;
}

/* One turn over all queues: take completions, start requests if `filling`, else wait. */
static void turn(bool filling) {
    uint64_t disk_interrupts = interrupt_count[VECTOR_DISK];
    uint64_t timer_interrupts = interrupt_count[VECTOR_TIMER];
    bool progress = false;
    for (uint32_t i = 0; i < disk.lanes; i++) {
        struct lane *l = &disk.lane[i];
        progress |= harvest(l);
        if (filling) {
            progress |= fill(l);
        }
    }
    loops++;
    if (!progress) {
        if (halting) {
            ring0(halt_while, disk_interrupts, timer_interrupts);
        } else {
            cpu_pause();
        }
    }
}

/* Waits for what is in flight; returns how many requests never came back. */
static uint64_t drain(void) {
    uint64_t limit = rdtsc() + ms_to_tsc(param_u64("drain_s", 120) * 1000);
    while (in_flight()) {
        turn(false);
        uint64_t now = rdtsc();
        heartbeat(now);
        if (now > limit) {
            break;
        }
    }
    return in_flight();
}

static uint64_t load(void) {
    begin_tsc = rdtsc();
    next_heartbeat = begin_tsc + heartbeat_tsc;
    recording = true;
    for (;;) {
        turn(true);
        uint64_t now = rdtsc();
        heartbeat(now);
        if ((stop_tsc && now - begin_tsc >= stop_tsc) || (stop_requests && started >= stop_requests)) {
            break;
        }
    }
    uint64_t lost = drain();
    recording = false;
    return lost;
}

static uint64_t read_back(void) {
    reading_back = true;
    flush_every = 0;
    cursor = 0;
    while (cursor < region_units) {
        turn(true);
        heartbeat(rdtsc());
    }
    return drain();
}

static void report_load(uint64_t elapsed) {
    uint64_t us = tsc_to_us(elapsed);
    uint64_t moved = by_op[OP_READ] + by_op[OP_WRITE];
    uint64_t iops = us ? moved * 1000000 / us : 0;
    uint64_t kicks = 0;
    for (uint32_t i = 0; i < disk.lanes; i++) {
        kicks += disk.lane[i].queue.kicks;
    }
    print("writes=%u reads=%u flushes=%u zeroes=%u discards=%u\n", by_op[OP_WRITE], by_op[OP_READ],
          by_op[OP_FLUSH], by_op[OP_ZERO], by_op[OP_DISCARD]);
    print("elapsed_us=%u iops=%u kib_per_s=%u kicks=%u interrupts=%u loops=%u\n", us, iops,
          smallest < block_sectors ? 0 : iops * disk.block / 1024, kicks, interrupt_count[VECTOR_DISK], loops);
    print("p50_us=%u p90_us=%u p99_us=%u p999_us=%u maxlat_us=%u\n",
          tsc_to_us(histogram_percentile(&latency, 500)), tsc_to_us(histogram_percentile(&latency, 900)),
          tsc_to_us(histogram_percentile(&latency, 990)), tsc_to_us(histogram_percentile(&latency, 999)),
          tsc_to_us(latency.max));
}

static void setup(void) {
    params_setup(known);
    memory_setup();
    time_setup();
    apic_setup();
    random_state = (param_u64("seed", 1) + 1) * 0x9e3779b97f4a7c15ull;
    disk_open(&disk);
    read_mode();
    read_region();
    read_end();
    if (verifying) {
        verify_open(&verify, region_first, region_units * block_sectors);
        unit_busy = memory_take(region_units, 64);
        memset(unit_busy, 0, region_units);
    }
    if (halting) {
        apic_timer_periodic(VECTOR_TIMER, param_u64("hb_ms", 1000));
    }
    print("guest=blkload mode=%s sectors=%u features=0x%x tsc_khz=%u tsc_source=%s\n", param_text("mode", "verify"),
          disk.sectors, disk.virtio.features, tsc_khz, tsc_source);
    print("bs=%u depth=%u queues=%u segs=%u qsize=%u region_start=%u region_blocks=%u run=%u\n",
          (uint64_t)disk.block, (uint64_t)disk.depth, (uint64_t)disk.lanes, (uint64_t)disk.segments,
          (uint64_t)disk.lane[0].queue.size, region_first * SECTOR, region_units, verify.run);
    print("progress=load\n");
}

void guest_main(void) {
    setup();
    uint64_t lost = load();
    uint64_t elapsed = rdtsc() - begin_tsc;
    report_load(elapsed);
    if (verifying && !lost) {
        print("progress=read_back\n");
        lost = read_back();
    }
    bool ok = !lost && !errors && !bad_lengths && !verify.mismatches;
    print("errors=%u mismatches=%u lost=%u bad_lengths=%u checked=%u unverified=%u\n", errors,
          verify.mismatches, lost, bad_lengths, verify.checked, verify.unverified);
    print("result=%s\n", ok ? "ok" : "FAIL");
    end(ok ? END_OK : END_FAILED);
}
