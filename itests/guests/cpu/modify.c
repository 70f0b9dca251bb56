/* Code that changes (SDM vol 3 §8.1.3): by itself, by other code, through another address. */
#include "cpu.h"

/* mov $imm32, %eax; int $0x80 */
static void write_code(uint8_t *at, uint32_t value) {
    at[0] = 0xb8;
    memcpy(at + 1, &value, 4);
    at[5] = 0xcd;
    at[6] = 0x80;
}

static uint64_t result_of(const uint8_t *code) {
    struct regs r = kernel_at(code);
    enter(&r);
    return event.vector == DONE ? event.regs.rax : ~0ull;
}

extern uint64_t page_map[512];

void modify_checks(void) {
    struct regs r = kernel_at(smc_same);
    for (uint32_t i = 1; i <= 3; i++) {
        r.rax = i * 0x1010101;
        enter(&r);
    }
    check("smc.next_instruction", event.vector == DONE && event.regs.rbx == 0x3030303, "rbx=0x%x", event.regs.rbx);
    r = kernel_at(smc_loop);
    enter(&r);
    /* 0x11111111 at first, then the counter of the turn before: 100 + 99 + … + 2. */
    check("smc.loop", event.vector == DONE && event.regs.rbx == 0x11111111 + 5049, "rbx=0x%x", event.regs.rbx);

    uint8_t *code = memory_take(8192, 4096);
    memset(code, 0x90, 8192);
    bool right = true;
    for (uint32_t i = 0; i < 50; i++) {
        write_code(code + 64, i);
        right &= result_of(code + 64) == i;
    }
    check("smc.rewritten", right, "rax=%u", event.regs.rax);
    /* One that crosses the page: each half changes alone. */
    right = true;
    for (uint32_t i = 0; i < 20; i++) {
        write_code(code + 4096 - 3, i * 0x01010101);
        right &= result_of(code + 4096 - 3) == i * 0x01010101;
        code[4096] = 0x77;
        uint64_t wanted = ((uint64_t)(i * 0x01010101) & 0xff00ffff) | 0x770000;
        right &= result_of(code + 4096 - 3) == wanted;
        code[4096 - 2] = 0x55;
        right &= result_of(code + 4096 - 3) == ((wanted & ~0xffull) | 0x55);
    }
    check("smc.crossing", right, "rax=0x%x", event.regs.rax);
    /* Through another address of the same frame. */
    uint64_t *tables = memory_take(3 * 4096, 4096);
    memset(tables, 0, 3 * 4096);
    page_map[1] = (uint64_t)tables | 7;
    tables[0] = (uint64_t)(tables + 512) | 7;
    tables[512] = (uint64_t)(tables + 1024) | 7;
    tables[1024] = (uint64_t)code | 7;
    write_cr3(read_cr3());
    volatile uint8_t *alias = (volatile uint8_t *)0x8000000000ull;
    right = true;
    for (uint32_t i = 0; i < 20; i++) {
        write_code(code + 128, i);
        right &= result_of(code + 128) == i;
        *(volatile uint32_t *)(alias + 129) = i + 1000;
        right &= result_of(code + 128) == i + 1000;
        right &= result_of((const uint8_t *)0x8000000080ull) == i + 1000;
    }
    check("smc.alias", right, "rax=%u", event.regs.rax);
    /* Another frame at the address whose code ran before. */
    write_code(code + 128, 1);
    write_code(code + 4096 + 128, 2);
    uint64_t first = result_of((const uint8_t *)0x8000000080ull);
    tables[1024] = (uint64_t)(code + 4096) | 7;
    invlpg(0x8000000000ull);
    uint64_t second = result_of((const uint8_t *)0x8000000080ull);
    check("smc.remapped", first == 1 && second == 2, "first=%u second=%u", first, second);
    page_map[1] = 0;
    write_cr3(read_cr3());
    /* Written by a string instruction, which an emulator does in bulk. */
    uint8_t *copy = memory_take(64, 64);
    right = true;
    for (uint32_t i = 0; i < 20; i++) {
        write_code(copy, i + 5);
        void *to = code + 64;
        const void *from = copy;
        uint64_t n = 7;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
        right &= result_of(code + 64) == i + 5;
    }
    check("smc.rep_movs", right, "rax=%u", event.regs.rax);
}
