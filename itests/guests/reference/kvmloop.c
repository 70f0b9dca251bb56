/*
 * The smallest KVM monitor that runs the guests: a C loop around KVM_RUN, to compare an engine's exit round
 * trip with. It has RAM, the in-kernel irqchip and PIT, the debug console (0xe9) and isa-debug-exit (0xf4);
 * every other port and address reads as zeroes of its own (an empty PCI bus reads as ones).
 *
 *   kvmloop IMAGE.elf [COMMAND LINE]     exit status as QEMU's isa-debug-exit: (byte << 1) | 1
 */
#include <elf.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAM_BYTES (256ul << 20)
#define START_INFO 0x6000
#define MEMORY_MAP 0x6100
#define COMMAND_LINE 0x6200
#define START_MAGIC 0x336ec578u
#define NOTE_PVH_ENTRY 18

struct start_info {
    uint32_t magic, version, flags, modules;
    uint64_t module_list, command_line, rsdp, memory_map;
    uint32_t memory_map_entries, reserved;
};

struct memory_range {
    uint64_t address, size;
    uint32_t type, reserved;
};

static uint8_t *ram;
static uint64_t exits_by_reason[64];

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static int control(int fd, unsigned long request, void *argument) {
    int result = ioctl(fd, request, argument);
    if (result < 0) {
        fprintf(stderr, "request 0x%lx: ", request);
        fail("ioctl");
    }
    return result;
}

static uint32_t load(const char *path) {
    int fd = open(path, O_RDONLY);
    struct stat stat;
    if (fd < 0 || fstat(fd, &stat)) {
        fail(path);
    }
    uint8_t *file = mmap(0, stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    const Elf64_Ehdr *head = (void *)file;
    const Elf64_Phdr *part = (void *)(file + head->e_phoff);
    uint32_t entry = 0;
    for (int i = 0; i < head->e_phnum; i++, part++) {
        if (part->p_type == PT_LOAD) {
            memcpy(ram + part->p_paddr, file + part->p_offset, part->p_filesz);
        } else if (part->p_type == PT_NOTE) {
            const Elf64_Nhdr *note = (void *)(file + part->p_offset);
            if (note->n_type == NOTE_PVH_ENTRY) {
                memcpy(&entry, (uint8_t *)(note + 1) + 4, sizeof entry);
            }
        }
    }
    if (!entry) {
        fprintf(stderr, "%s: no PVH entry\n", path);
        exit(1);
    }
    return entry;
}

static void describe(const char *command_line) {
    struct memory_range *map = (void *)(ram + MEMORY_MAP);
    map[0] = (struct memory_range){0, 0x9f000, 1, 0};
    map[1] = (struct memory_range){0x100000, RAM_BYTES - 0x100000, 1, 0};
    strncpy((char *)ram + COMMAND_LINE, command_line, 1023);
    *(struct start_info *)(ram + START_INFO) = (struct start_info){
            .magic = START_MAGIC,
            .version = 1,
            .command_line = COMMAND_LINE,
            .memory_map = MEMORY_MAP,
            .memory_map_entries = 2};
}

static void set_registers(int vcpu, uint32_t entry) {
    struct kvm_sregs s;
    control(vcpu, KVM_GET_SREGS, &s);
    struct kvm_segment flat = {.limit = 0xffffffff, .type = 3, .present = 1, .db = 1, .s = 1, .g = 1, .selector = 0x10};
    s.ds = s.es = s.fs = s.gs = s.ss = flat;
    flat.type = 11;
    flat.selector = 8;
    s.cs = flat;
    s.tr = (struct kvm_segment){.limit = 0x67, .type = 11, .present = 1};
    s.cr0 = 0x11;
    control(vcpu, KVM_SET_SREGS, &s);
    struct kvm_regs r = {.rip = entry, .rbx = START_INFO, .rflags = 2};
    control(vcpu, KVM_SET_REGS, &r);
}

static void set_cpuid(int kvm, int vcpu) {
    struct kvm_cpuid2 *cpuid = calloc(1, sizeof *cpuid + 256 * sizeof cpuid->entries[0]);
    cpuid->nent = 256;
    control(kvm, KVM_GET_SUPPORTED_CPUID, cpuid);
    control(vcpu, KVM_SET_CPUID2, cpuid);
    free(cpuid);
}

static void finish(int value) {
    uint64_t all = 0;
    for (int i = 0; i < 64; i++) {
        all += exits_by_reason[i];
    }
    fflush(stdout);
    fprintf(stderr, "kvmloop: exits=%lu pio=%lu mmio=%lu\n", all, exits_by_reason[KVM_EXIT_IO], exits_by_reason[KVM_EXIT_MMIO]);
    exit(value << 1 | 1);
}

static void port_access(struct kvm_run *run) {
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    size_t bytes = (size_t)run->io.size * run->io.count;
    if (run->io.direction == KVM_EXIT_IO_IN) {
        memset(data, run->io.port >= 0xcf8 && run->io.port <= 0xcff ? 0xff : 0, bytes);
    } else if (run->io.port == 0xe9) {
        fwrite(data, 1, bytes, stdout);
    } else if (run->io.port == 0xf4) {
        finish(data[0]);
    }
}

static void loop(int vcpu, struct kvm_run *run) {
    for (;;) {
        control(vcpu, KVM_RUN, 0);
        exits_by_reason[run->exit_reason & 63]++;
        switch (run->exit_reason) {
            case KVM_EXIT_IO:
                port_access(run);
                break;
            case KVM_EXIT_MMIO:
                if (!run->mmio.is_write) {
                    memset(run->mmio.data, 0, sizeof run->mmio.data);
                }
                break;
            default:
                fprintf(stderr, "kvmloop: exit reason %u\n", run->exit_reason);
                exit(1);
        }
    }
}

int main(int count, char **arguments) {
    if (count < 2) {
        fprintf(stderr, "usage: kvmloop IMAGE.elf [COMMAND LINE]\n");
        return 2;
    }
    int kvm = open("/dev/kvm", O_RDWR);
    if (kvm < 0) {
        fail("/dev/kvm");
    }
    int vm = control(kvm, KVM_CREATE_VM, 0);
    control(vm, KVM_SET_TSS_ADDR, (void *)0xfffbd000ul);
    control(vm, KVM_CREATE_IRQCHIP, 0);
    struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
    control(vm, KVM_CREATE_PIT2, &pit);
    ram = mmap(0, RAM_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct kvm_userspace_memory_region region = {.memory_size = RAM_BYTES, .userspace_addr = (uint64_t)ram};
    control(vm, KVM_SET_USER_MEMORY_REGION, &region);
    uint32_t entry = load(arguments[1]);
    describe(count > 2 ? arguments[2] : "");
    int vcpu = control(vm, KVM_CREATE_VCPU, 0);
    set_cpuid(kvm, vcpu);
    set_registers(vcpu, entry);
    int bytes = control(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    struct kvm_run *run = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    loop(vcpu, run);
}
