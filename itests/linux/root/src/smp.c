/* What only several processors can get wrong. Usage: smp atomics|order|shootdown|modify|wakeups [rounds] */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int rounds = 1;
static atomic_int failures;

static void fail(const char *what, unsigned long found)
{
    printf("%s: %lu\n", what, found);
    failures++;
}

static void pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu % (int)sysconf(_SC_NPROCESSORS_ONLN), &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void together(int count, void *(*run)(void *))
{
    pthread_t threads[8];
    for (long i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, run, (void *)i);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static atomic_int arrived;

/* All threads leave at nearly the same time; `round` counts from 1. */
static void meet(int count, int round)
{
    arrived++;
    for (int spins = 1; arrived < count * round; spins++) {
        __asm__ volatile("pause");
        if (spins % 2000 == 0)
            sched_yield();
    }
}

/* Locked instructions of each kind and width on shared words. */
enum { TURNS = 100000 };
static struct {
    volatile uint64_t xadd, inc, add64, exchange_sum, compare;
    volatile uint32_t or_count, inc32;
    volatile uint16_t inc16;
    volatile uint8_t inc8, lock;
    volatile uint32_t guarded;
    char gap[6];
    volatile uint32_t split; /* crosses a cache line */
} __attribute__((packed, aligned(64))) shared;

static void *atomics(void *which)
{
    pin((int)(long)which);
    meet(2, 1);
    for (int i = 0; i < TURNS * rounds; i++) {
        uint64_t one = 1;
        __asm__ volatile("lock xaddq %0, %1" : "+r"(one), "+m"(shared.xadd));
        __asm__ volatile("lock incq %0" : "+m"(shared.inc));
        __asm__ volatile("lock addq $3, %0" : "+m"(shared.add64));
        __asm__ volatile("lock incl %0" : "+m"(shared.inc32));
        __asm__ volatile("lock incw %0" : "+m"(shared.inc16));
        __asm__ volatile("lock incb %0" : "+m"(shared.inc8));
        uint64_t old = shared.compare;
        while (!__sync_bool_compare_and_swap(&shared.compare, old, old + 1))
            old = shared.compare;
        /* A spin lock of XCHG and a plain store. */
        uint8_t taken = 1;
        for (;;) {
            __asm__ volatile("xchgb %0, %1" : "+r"(taken), "+m"(shared.lock) : : "memory");
            if (!taken)
                break;
            for (int k = 0; shared.lock && k < 1000; k++)
                __asm__ volatile("pause");
            if (shared.lock)
                sched_yield();
        }
        shared.guarded = shared.guarded + 1;
        __asm__ volatile("" : : : "memory");
        shared.lock = 0;
        unsigned char was;
        __asm__ volatile("lock btsl %2, %1\n setc %0" : "=q"(was), "+m"(shared.or_count) : "r"((int)(i & 31)) : "memory", "cc");
        if (i % 16 == 0)
            __asm__ volatile("lock incl %0" : "+m"(shared.split));
    }
    return NULL;
}

static void run_atomics(void)
{
    unsigned long all = 2UL * TURNS * (unsigned)rounds;
    together(2, atomics);
    if (shared.xadd != all) fail("lock xadd", shared.xadd);
    if (shared.inc != all) fail("lock inc 64", shared.inc);
    if (shared.add64 != all * 3) fail("lock add 64", shared.add64);
    if (shared.inc32 != (uint32_t)all) fail("lock inc 32", shared.inc32);
    if (shared.inc16 != (uint16_t)all) fail("lock inc 16", shared.inc16);
    if (shared.inc8 != (uint8_t)all) fail("lock inc 8", shared.inc8);
    if (shared.compare != all) fail("lock cmpxchg", shared.compare);
    if (shared.guarded != (uint32_t)all) fail("xchg lock", shared.guarded);
    if (shared.split != 2 * ((unsigned)(TURNS * rounds + 15) / 16)) fail("split lock", shared.split);
    if (shared.or_count != 0xffffffff) fail("lock bts", shared.or_count);
}

/* Memory order of x86: stores become visible in order; a store and a later load may pass, unless fenced. */
static struct {
    volatile int x __attribute__((aligned(64)));
    volatile int y __attribute__((aligned(64)));
    volatile int seen[2] __attribute__((aligned(64)));
} order_box;
static unsigned long passed, order_failures;
enum { LITMUS = 4000 };

static void *order(void *which)
{
    int me = (int)(long)which, round = 0;
    pin(me);
    for (int i = 1; i <= LITMUS * rounds; i++) {
        meet(2, ++round);
        /* Store buffering, every other time with a fence between. */
        int fenced = i & 1;
        if (me == 0)
            order_box.x = i;
        else
            order_box.y = i;
        if (fenced)
            __asm__ volatile("mfence" : : : "memory");
        else
            __asm__ volatile("" : : : "memory");
        order_box.seen[me] = me == 0 ? order_box.y : order_box.x;
        meet(2, ++round);
        if (me == 0 && order_box.seen[0] != i && order_box.seen[1] != i) {
            if (fenced)
                order_failures++;
            else
                passed++;
        }
        meet(2, ++round);
    }
    return NULL;
}

static volatile uint64_t message[64], flag;

static void *messages(void *which)
{
    enum { COUNT = 200000 };
    pin((int)(long)which);
    if (which == NULL) {
        for (uint64_t i = 1; i <= COUNT; i++) {
            message[i & 63] = i;
            __asm__ volatile("" : : : "memory");
            flag = i;
        }
    } else {
        uint64_t seen = 0;
        unsigned idle = 0;
        while (seen < COUNT) {
            uint64_t now = flag;
            __asm__ volatile("" : : : "memory");
            if (now < seen)
                order_failures++;
            if (now != 0 && message[now & 63] < now)
                order_failures++;
            if (now == seen && ++idle % 1000 == 0)
                sched_yield();
            seen = now;
        }
    }
    return NULL;
}

static void run_order(void)
{
    together(2, order);
    together(2, messages);
    printf("loads that passed stores without a fence: %lu\n", passed);
    if (order_failures)
        fail("order violated", order_failures);
}

/* A page loses its write permission while another processor writes to it: not one write may come later. */
static volatile uint64_t *page;
static volatile int done;
static sigjmp_buf out_of_fault;
static atomic_ulong faults, writes;

static void on_fault(int number)
{
    (void)number;
    faults++;
    siglongjmp(out_of_fault, 1);
}

static void *writer(void *which)
{
    pin(1 + (int)(long)which);
    while (!done) {
        if (sigsetjmp(out_of_fault, 1) == 0) {
            for (int i = 0; i < 200; i++)
                page[i & 63]++;
            writes++;
        }
    }
    return NULL;
}

static void run_shootdown(void)
{
    pthread_t thread;
    uint64_t before[64];
    signal(SIGSEGV, on_fault);
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pin(0);
    pthread_create(&thread, NULL, writer, NULL);
    while (writes == 0)
        sched_yield();
    for (int i = 0; i < 300 * rounds; i++) {
        mprotect((void *)page, 4096, PROT_READ);
        memcpy(before, (void *)page, sizeof before);
        for (int k = 0; k < 20; k++)
            sched_yield();
        if (memcmp(before, (void *)page, sizeof before) != 0)
            fail("written although read-only, round", (unsigned long)i);
        mprotect((void *)page, 4096, PROT_READ | PROT_WRITE);
        unsigned long so_far = writes;
        for (int k = 0; writes == so_far && k < 100000; k++)
            sched_yield();
        if (i % 8 == 0) {
            /* Another frame at the same address. */
            mmap((void *)page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        }
    }
    done = 1;
    pthread_join(thread, NULL);
    printf("faults %lu, writes %lu\n", (unsigned long)faults, (unsigned long)writes);
    if (faults == 0 || writes == 0)
        fail("nothing happened", 0);
}

/* Code that another processor changes: `mov $imm32, %eax; ret`, its immediate aligned. */
static unsigned char *code;
static volatile uint32_t published;
static unsigned long wrong;

static void *modifier(void *which)
{
    enum { COUNT = 3000 };
    pin((int)(long)which);
    if (which == NULL) {
        for (uint32_t i = 1; i <= COUNT * (unsigned)rounds; i++) {
            *(volatile uint32_t *)(code + 4) = i;
            published = i;
            if (i % 4 == 0)
                sched_yield();
        }
        done = 1;
    } else {
        uint32_t last = 0;
        while (!done) {
            uint32_t least = published, got;
            /* Serialized, as the manual wants it for cross-modified code. */
            uint32_t a = 0, b, c = 0, d;
            __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d) : : "memory");
            got = ((uint32_t(*)(void))(uintptr_t)(code + 3))();
            if (got < least || got < last)
                wrong++;
            last = got;
        }
    }
    return NULL;
}

static void run_modify(void)
{
    code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    code[3] = 0xb8;
    memset(code + 4, 0, 4);
    code[8] = 0xc3;
    together(2, modifier);
    if (wrong)
        fail("stale code ran", wrong);
}

/* Two processors wake each other through futexes: interrupts between processors, and idle ones that must wake. */
static atomic_int turn;

static void *wakeups(void *which)
{
    int me = (int)(long)which;
    pin(me);
    for (int i = 0; i < 3000 * rounds; i++) {
        while (turn != me)
            syscall(SYS_futex, &turn, FUTEX_WAIT, 1 - me, NULL, NULL, 0);
        turn = 1 - me;
        syscall(SYS_futex, &turn, FUTEX_WAKE, 1, NULL, NULL, 0);
    }
    return NULL;
}

static void run_wakeups(void)
{
    together(2, wakeups);
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*run)(void); } tests[] = {{"atomics", run_atomics},
        {"order", run_order}, {"shootdown", run_shootdown}, {"modify", run_modify}, {"wakeups", run_wakeups}};
    if (argc > 2)
        rounds = atoi(argv[2]);
    for (unsigned i = 0; argc > 1 && i < sizeof tests / sizeof *tests; i++) {
        if (strcmp(tests[i].name, argv[1]) == 0) {
            tests[i].run();
            return failures != 0;
        }
    }
    fprintf(stderr, "usage: smp atomics|order|shootdown|modify|wakeups [rounds]\n");
    return 2;
}
