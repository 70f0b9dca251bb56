/*
 * The peer of the exit benchmark: the least a C program can do to serve N port writes, N port reads, N MMIO writes and
 * N MMIO reads of a guest, with the same KVM calls and the same guest code as the Java engine: one ioctl(KVM_RUN) an
 * exit. Prints one line a kind: kind, exits, nanoseconds an exit.
 *
 *     cc -O2 -o exitloop exitloop.c && ./exitloop [N]
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { CODE = 0x1000, MEMORY = 1 << 20, DONE = 0xf0 };

/* ecx turns of one access, then a write to port DONE. 32-bit flat code; ebx = 0xd0000000, dx = 0x80. */
static const uint8_t pio_out[] = {0xee, 0x49, 0x75, 0xfc, 0xe6, DONE, 0xf4};       /* out dx, al; dec ecx; jnz */
static const uint8_t pio_in[] = {0xec, 0x49, 0x75, 0xfc, 0xe6, DONE, 0xf4};        /* in al, dx; dec ecx; jnz */
static const uint8_t mmio_write[] = {0x89, 0x03, 0x49, 0x75, 0xfb, 0xe6, DONE, 0xf4}; /* mov [ebx], eax */
static const uint8_t mmio_read[] = {0x8b, 0x03, 0x49, 0x75, 0xfb, 0xe6, DONE, 0xf4};  /* mov eax, [ebx] */

static void die(const char *what) {
    fprintf(stderr, "exitloop: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int call(int fd, unsigned long request, void *argument, const char *what) {
    int result = ioctl(fd, request, argument);
    if (result < 0)
        die(what);
    return result;
}

static void flat(struct kvm_segment *s, int type, int selector) {
    memset(s, 0, sizeof *s);
    s->limit = 0xffffffff;
    s->selector = selector;
    s->type = type;
    s->present = s->s = s->db = s->g = 1;
}

static void start(int vcpu, uint64_t turns) {
    struct kvm_sregs sregs;
    struct kvm_regs regs = {.rip = CODE, .rflags = 2, .rcx = turns, .rbx = 0xd0000000, .rdx = 0x80};
    call(vcpu, KVM_GET_SREGS, &sregs, "KVM_GET_SREGS");
    flat(&sregs.cs, 0xb, 8);
    flat(&sregs.ds, 3, 16);
    sregs.es = sregs.fs = sregs.gs = sregs.ss = sregs.ds;
    sregs.cr0 = 0x11;
    call(vcpu, KVM_SET_SREGS, &sregs, "KVM_SET_SREGS");
    call(vcpu, KVM_SET_REGS, &regs, "KVM_SET_REGS");
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Serves exits until the guest says that it is done; their number. */
static uint64_t serve(int vcpu, struct kvm_run *run) {
    uint64_t exits = 0;
    volatile uint64_t sink = 0;
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0)
            die("KVM_RUN");
        if (run->exit_reason == KVM_EXIT_IO) {
            uint8_t *data = (uint8_t *)run + run->io.data_offset;
            if (run->io.direction == KVM_EXIT_IO_IN)
                memset(data, 0xff, run->io.size);
            else if (run->io.port == DONE)
                return exits;
            else
                sink += *data;
        } else if (run->exit_reason == KVM_EXIT_MMIO) {
            if (run->mmio.is_write)
                sink += run->mmio.data[0];
            else
                memset(run->mmio.data, 0xff, run->mmio.len);
        } else {
            fprintf(stderr, "exitloop: unexpected exit %u\n", run->exit_reason);
            exit(1);
        }
        exits++;
    }
}

int main(int argc, char **argv) {
    uint64_t turns = argc > 1 ? strtoull(argv[1], 0, 0) : 100000;
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        die("/dev/kvm");
    int vm = call(kvm, KVM_CREATE_VM, 0, "KVM_CREATE_VM");
    uint8_t *memory = mmap(0, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("mmap");
    struct kvm_userspace_memory_region region = {
        .memory_size = MEMORY, .userspace_addr = (uintptr_t)memory};
    call(vm, KVM_SET_USER_MEMORY_REGION, &region, "KVM_SET_USER_MEMORY_REGION");
    call(vm, KVM_SET_TSS_ADDR, (void *)0xfffbd000ul, "KVM_SET_TSS_ADDR");
    call(vm, KVM_CREATE_IRQCHIP, 0, "KVM_CREATE_IRQCHIP");
    int vcpu = call(vm, KVM_CREATE_VCPU, 0, "KVM_CREATE_VCPU");
    int size = call(kvm, KVM_GET_VCPU_MMAP_SIZE, 0, "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *run = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    if (run == MAP_FAILED)
        die("mmap of the run area");

    static const struct {
        const char *name;
        const uint8_t *code;
        size_t length;
    } kinds[] = {{"pio-out", pio_out, sizeof pio_out},
                 {"pio-in", pio_in, sizeof pio_in},
                 {"mmio-write", mmio_write, sizeof mmio_write},
                 {"mmio-read", mmio_read, sizeof mmio_read}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        memcpy(memory + CODE, kinds[i].code, kinds[i].length);
        start(vcpu, turns);
        double begin = now();
        uint64_t exits = serve(vcpu, run);
        printf("%s %llu %.0f\n", kinds[i].name, (unsigned long long)exits, (now() - begin) / exits);
    }
    return 0;
}
