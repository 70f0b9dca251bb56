/*
 * Runs instruction sequences on the real processor. Usage: oracle FILE CASES, where FILE is the shared file of layout.h with
 * room for CASES. A command on standard input is two 32-bit numbers, the first case and how many; the answer on
 * standard output is the same eight bytes, when the results are in the file. End of input ends the process.
 *
 * A case cannot harm it: the image, its stack and the shared file lie where no 32-bit displacement from a case's pointers
 * reaches, system calls from elsewhere are turned into a signal, and a case that does not end is abandoned.
 */
#include "layout.h"

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

enum { SYS_READ = 0, SYS_WRITE = 1, SYS_OPEN = 2, SYS_MMAP = 9, SYS_MPROTECT = 10, SYS_SIGACTION = 13,
       SYS_SETITIMER = 38, SYS_EXIT = 60, SYS_FTRUNCATE = 77, SYS_SIGALTSTACK = 131, SYS_PRCTL = 157,
       SYS_MEMFD_CREATE = 319 };
enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11, SIGVTALRM = 26, SIGSYS = 31 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20,
       MAP_FIXED_NOREPLACE = 0x100000 };

#pragma GCC visibility push(hidden)
long raw_syscall(long nr, long a, long b, long c, long d, long e, long f);
void signal_restorer(void);
void run_case(const u8 *record);
void case_leave(void) __attribute__((noreturn));
extern u8 exit_stub[], exit_stub_end[];
extern u8 out_fx[512];
extern u64 out_gpr[16], out_flags, own_rsp;
extern volatile u32 in_case;
#pragma GCC visibility pop

static u64 out_rip, out_cr2;
static u32 out_trap, out_error;
static volatile u32 serial;
static u8 *code_writable;
static u64 pristine[(DATA_SIZE + STACK_SIZE) / 8];
static u8 alternate_stack[65536] __attribute__((aligned(64)));

static void copy(void *to, const void *from, u64 bytes) {
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void die(const char *message) {
    u64 length = 0;
    while (message[length] != 0)
        length++;
    raw_syscall(SYS_WRITE, 2, (long)"oracle: ", 8, 0, 0, 0);
    raw_syscall(SYS_WRITE, 2, (long)message, length, 0, 0, 0);
    raw_syscall(SYS_WRITE, 2, (long)"\n", 1, 0, 0, 0);
    raw_syscall(SYS_EXIT, 3, 0, 0, 0, 0, 0);
    __builtin_unreachable();
}

static void *map(u64 address, u64 size, int protection, int flags, int fd) {
    flags |= address != 0 ? MAP_FIXED_NOREPLACE : 0;
    long mapped = raw_syscall(SYS_MMAP, address, size, protection, flags, fd, 0);
    if ((mapped < 0 && mapped > -4096) || (address != 0 && (u64)mapped != address))
        die("cannot map memory at the addresses of layout.h");
    return (void *)mapped;
}

/* Linux's ucontext_t as far as it is needed: uc_flags, uc_link, uc_stack (3 words), then the registers in this order. */
enum { GREGS = 5, R8 = 0, R9, R10, R11, R12, R13, R14, R15, RDI, RSI, RBP, RBX, RDX, RAX, RCX, RSP, RIP, EFL, CSGSFS, ERR,
       TRAPNO, OLDMASK, CR2, FPSTATE };

static void on_signal(int signal, void *info, u64 *context) {
    (void)info;
    static u32 last_serial, ticks;
    u64 *g = context + GREGS;
    if (signal == SIGVTALRM) {
        ticks = serial == last_serial ? ticks + 1 : 0;
        last_serial = serial;
        if (!in_case || ticks < 3)
            return;
        ticks = 0;
    }
    if (!in_case)
        die(signal == SIGVTALRM ? "stuck" : "fault outside a case");
    static const u8 order[16] = {RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15};
    in_case = 0;
    for (int i = 0; i < 16; i++)
        out_gpr[i] = g[order[i]];
    out_rip = g[RIP];
    out_flags = g[EFL];
    out_trap = signal == SIGVTALRM ? TRAP_RUNAWAY : signal == SIGSYS ? TRAP_SYSCALL : (u32)g[TRAPNO];
    out_error = g[ERR];
    out_cr2 = g[CR2];
    copy(out_fx, (void *)g[FPSTATE], 512);
    case_leave();
}

static void handle(int signal) {
    struct { void *handler; u64 flags; void *restorer; u64 mask; } action = {
        /* SA_SIGINFO, SA_ONSTACK, SA_RESTART, SA_NODEFER (a handler is left without sigreturn), SA_RESTORER */
        (void *)on_signal, 0x4 | 0x08000000 | 0x10000000 | 0x40000000 | 0x04000000, (void *)signal_restorer, 0};
    if (raw_syscall(SYS_SIGACTION, signal, (long)&action, 0, 8, 0, 0) != 0)
        die("rt_sigaction failed");
}

static void install_handlers(void) {
    struct { void *stack; u64 flags; u64 size; } alternate = {alternate_stack, 0, sizeof alternate_stack};
    if (raw_syscall(SYS_SIGALTSTACK, (long)&alternate, 0, 0, 0, 0, 0) != 0)
        die("sigaltstack failed");
    static const int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGVTALRM, SIGSYS};
    for (u32 i = 0; i < sizeof signals / sizeof signals[0]; i++)
        handle(signals[i]);
    /* ITIMER_VIRTUAL counts the time this process runs, so a busy host abandons no case. */
    u64 every_10_ms[4] = {0, 10000, 0, 10000};
    raw_syscall(SYS_SETITIMER, 1, (long)every_10_ms, 0, 0, 0, 0);
}

/* System calls are for code above 4 GiB, which is this image: those of a case become SIGSYS. */
static void confine(void) {
    static const struct { unsigned short code; u8 jt, jf; u32 k; } filter[] = {
        {0x20, 0, 0, 12},           /* load the high half of the instruction pointer */
        {0x15, 0, 1, 0},            /* zero: */
        {0x06, 0, 0, 0x00030000},   /* SECCOMP_RET_TRAP */
        {0x06, 0, 0, 0x7fff0000}};  /* SECCOMP_RET_ALLOW */
    struct { unsigned short length; const void *filter; } program = {4, filter};
    raw_syscall(SYS_PRCTL, 38, 1, 0, 0, 0, 0); /* PR_SET_NO_NEW_PRIVS */
    if (raw_syscall(SYS_PRCTL, 22, 2, (long)&program, 0, 0, 0) != 0) /* PR_SET_SECCOMP, SECCOMP_MODE_FILTER */
        die("seccomp is not available");
}

static void map_guest(const u8 *pattern) {
    map(DATA, DATA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    u8 *constant = map(READ_ONLY, READ_ONLY_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    map(STACK, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    u8 *exit_page = map(EXIT_PAGE, 0x1000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    copy((void *)DATA, pattern, DATA_SIZE);
    copy(constant, pattern + DATA_SIZE, READ_ONLY_SIZE);
    copy((void *)STACK, pattern + DATA_SIZE + READ_ONLY_SIZE, STACK_SIZE);
    copy(pristine, (void *)DATA, DATA_SIZE);
    copy((u8 *)pristine + DATA_SIZE, (void *)STACK, STACK_SIZE);
    copy(exit_page, exit_stub, exit_stub_end - exit_stub);
    raw_syscall(SYS_MPROTECT, READ_ONLY, READ_ONLY_SIZE, PROT_READ, 0, 0, 0);
    raw_syscall(SYS_MPROTECT, EXIT_PAGE, 0x1000, PROT_READ | PROT_EXEC, 0, 0, 0);
    int fd = raw_syscall(SYS_MEMFD_CREATE, (long)"code", 0, 0, 0, 0, 0);
    if (fd < 0 || raw_syscall(SYS_FTRUNCATE, fd, CODE_SIZE, 0, 0, 0, 0) != 0)
        die("memfd_create failed");
    map(CODE, CODE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd);
    code_writable = map(0, CODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    for (u32 i = 0; i < CODE_SIZE; i++)
        code_writable[i] = 0xcc;
}

/* Reports the words of live that differ from before, and puts them back. */
static void collect(u8 *result, u64 *live, u64 *before, u32 words, u32 *count, u64 *hash) {
    for (u32 i = 0; i < words; i += 4) {
        if (((live[i] ^ before[i]) | (live[i + 1] ^ before[i + 1]) | (live[i + 2] ^ before[i + 2])
             | (live[i + 3] ^ before[i + 3])) == 0)
            continue;
        for (u32 j = i; j < i + 4; j++) {
            if (live[j] == before[j])
                continue;
            u64 change[2] = {(u64)&live[j], live[j]};
            if (*count < CHANGES)
                copy(result + RESULT_CHANGE + 16 * *count, change, 16);
            ++*count;
            *hash = (*hash ^ change[0]) * 0x9e3779b97f4a7c15;
            *hash = (*hash ^ (*hash >> 29) ^ change[1]) * 0xbf58476d1ce4e5b9;
            live[j] = before[j];
        }
    }
}

static void run(const u8 *record, u8 *result, const u8 *pattern) {
    u64 rip = *(const u64 *)(record + CASE_RIP);
    if (rip < CODE || rip > CODE + CODE_SIZE - CODE_MAX)
        die("case outside the code area");
    copy(code_writable + (rip - CODE), record + CASE_CODE, CODE_MAX);
    copy((void *)WINDOW, record + CASE_WINDOW, WINDOW_SIZE);
    copy((u8 *)pristine + (WINDOW - DATA), record + CASE_WINDOW, WINDOW_SIZE);
    serial++;
    out_trap = TRAP_NONE;
    out_rip = EXIT_PAGE;
    out_error = 0;
    out_cr2 = 0;
    run_case(record);
    u32 count = 0;
    u64 hash = 0;
    collect(result, (u64 *)DATA, pristine, DATA_SIZE / 8, &count, &hash);
    collect(result, (u64 *)STACK, pristine + DATA_SIZE / 8, STACK_SIZE / 8, &count, &hash);
    copy(result + RESULT_GPR, out_gpr, 128);
    *(u64 *)(result + RESULT_FLAGS) = out_flags;
    *(u64 *)(result + RESULT_RIP) = out_rip;
    *(u32 *)(result + RESULT_TRAP) = out_trap;
    *(u32 *)(result + RESULT_ERROR) = out_error;
    *(u64 *)(result + RESULT_CR2) = out_cr2;
    *(u64 *)(result + RESULT_CHANGES) = count;
    *(u64 *)(result + RESULT_HASH) = hash;
    copy(result + RESULT_FX, out_fx, 512);
    copy((void *)WINDOW, pattern + (WINDOW - DATA), WINDOW_SIZE);
    copy((u8 *)pristine + (WINDOW - DATA), pattern + (WINDOW - DATA), WINDOW_SIZE);
}

static u64 number(const char *digits) {
    u64 value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++)
        value = value * 10 + (*digits - '0');
    return value;
}

void oracle_main(u64 *arguments) {
    if (arguments[0] != 3)
        die("usage: oracle FILE CASES");
    u64 capacity = number((const char *)arguments[3]);
    int fd = raw_syscall(SYS_OPEN, arguments[2], 2, 0, 0, 0, 0);
    if (fd < 0)
        die("cannot open the shared file");
    u8 *shared = map(0, PATTERN_SIZE + capacity * (CASE_BYTES + RESULT_BYTES), PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    u8 *cases = shared + PATTERN_SIZE;
    u8 *results = cases + capacity * CASE_BYTES;
    map_guest(shared);
    install_handlers();
    confine();
    u32 command[2];
    for (;;) {
        u64 got = 0;
        while (got < sizeof command) {
            long n = raw_syscall(SYS_READ, 0, (long)command + got, sizeof command - got, 0, 0, 0);
            if (n <= 0)
                raw_syscall(SYS_EXIT, 0, 0, 0, 0, 0, 0);
            got += n;
        }
        if ((u64)command[0] + command[1] > capacity)
            die("more cases than the file has room for");
        for (u64 i = command[0]; i < (u64)command[0] + command[1]; i++)
            run(cases + i * CASE_BYTES, results + i * RESULT_BYTES, shared);
        raw_syscall(SYS_WRITE, 1, (long)command, sizeof command, 0, 0, 0);
    }
}
