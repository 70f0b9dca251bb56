/* Instructions per second of loops, and of code that runs for the first time or is spread over many functions. */
#include "mips.h"

const int guest_cpl = 3;

static const char *const known[] = {"ms", "rounds", 0};

struct loop {
    const char *name;
    long (*run)(long turns, void *memory);
    uint64_t instructions; /* of one turn */
};

static const struct loop loops[] = {
        {"mix", loop_mix, 10},           {"hash", loop_hash, 12},    {"random", loop_random, 8},
        {"sequential", loop_sequential, 5}, {"addmul", loop_addmul, 11}, {"sieve", loop_sieve, 6},
        {"indirect", loop_indirect, 7},
};

static void *memory;
static uint8_t **functions;

static uint64_t run(const struct loop *loop, uint64_t turns) {
    uint64_t start = rdtsc();
    loop->run((long)turns, memory);
    return rdtsc() - start;
}

static void report(const char *name, uint64_t round, uint64_t instructions, uint64_t ticks) {
    uint64_t us = tsc_to_us(ticks);
    print("loop=%s round=%u instructions=%u us=%u mips=%u\n", name, round, instructions, us,
          us ? instructions / us : 0);
}

/* Doubles the turns until they last long enough for the clock, then runs them for about `ms`. */
static uint64_t turns_for(const struct loop *loop, uint64_t ms) {
    uint64_t turns = 1000;
    uint64_t ticks;
    while ((ticks = run(loop, turns)) < ms_to_tsc(20)) {
        turns *= 2;
    }
    return turns * ms_to_tsc(ms) / ticks;
}

static void measure(const struct loop *loop, uint64_t round, uint64_t ms) {
    uint64_t turns = turns_for(loop, ms);
    report(loop->name, round, turns * loop->instructions, run(loop, turns));
}

static long cold(long turns, void *at) {
    return loop_calls(turns, at, functions, COLD_FUNCTIONS - 1);
}

static long fib(long turns, void *at) {
    long sum = 0;
    for (long i = 0; i < turns; i++) {
        sum += loop_fib(20, at);
    }
    return sum;
}

/* fib(20) by recursion has 10,946 leaves and 10,945 other calls. */
static const struct loop recursion = {"fib", fib, 10946 * 4 + 10945 * 12};
static const struct loop spread = {"cold", cold, 9 + COLD_LENGTH};

void guest_main(void) {
    params_setup(known);
    time_setup();
    memory_setup();
    uint64_t ms = param_u64("ms", 500);
    if (ms < 50 || ms > 60000) {
        die("ms=%u: 50 to 60000", ms);
    }
    memory = memory_take(16 << 20, 4096);
    functions = memory_take(COLD_FUNCTIONS * sizeof(*functions), 4096);
    cold_make(functions);
    print("guest=mips ms=%u tsc_khz=%u tsc_source=%s functions=%u length=%u\n", ms, tsc_khz, tsc_source,
          (uint64_t)COLD_FUNCTIONS, (uint64_t)COLD_LENGTH);
    uint64_t start = rdtsc();
    loop_each(COLD_FUNCTIONS, memory, functions);
    report("first", 0, COLD_FUNCTIONS * (4 + COLD_LENGTH), rdtsc() - start);
    for (uint64_t round = 0; round < param_u64("rounds", 1); round++) {
        for (unsigned i = 0; i < array_length(loops); i++) {
            measure(&loops[i], round, ms);
        }
        measure(&recursion, round, ms);
        measure(&spread, round, ms);
    }
    print("result=ok\n");
    end(END_OK);
}
