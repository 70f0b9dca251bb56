/* Functions of straight code, made at random from common instructions: what a cache of decoded code must hold. */
#include "mips.h"

/* Each is one instruction; `displacement` is the offset of a byte that addresses one of 16 words, or 0. */
struct template {
    uint8_t length, displacement, bytes[5];
};

static const struct template templates[] = {
        {3, 0, {0x48, 0x01, 0xd0}},             /* add rax, rdx */
        {3, 0, {0x48, 0x29, 0xc8}},             /* sub rax, rcx */
        {3, 0, {0x48, 0x31, 0xc2}},             /* xor rdx, rax */
        {4, 3, {0x4c, 0x8b, 0x46}},             /* mov r8, [rsi + d] */
        {4, 3, {0x48, 0x8b, 0x46}},             /* mov rax, [rsi + d] */
        {3, 2, {0x8b, 0x56}},                   /* mov edx, [rsi + d] */
        {4, 3, {0x48, 0x89, 0x56}},             /* mov [rsi + d], rdx */
        {3, 2, {0x89, 0x46}},                   /* mov [rsi + d], eax */
        {5, 0, {0x48, 0x8d, 0x4c, 0x10, 0x04}}, /* lea rcx, [rax + rdx + 4] */
        {4, 0, {0x48, 0xc1, 0xe0, 0x03}},       /* shl rax, 3 */
        {4, 0, {0x48, 0xc1, 0xea, 0x05}},       /* shr rdx, 5 */
        {3, 0, {0x0f, 0xb6, 0xc8}},             /* movzx ecx, al */
        {4, 0, {0x48, 0x83, 0xc2, 0x11}},       /* add rdx, 17 */
        {3, 0, {0x48, 0x39, 0xc2}},             /* cmp rdx, rax */
        {3, 0, {0x0f, 0x92, 0xc0}},             /* setb al */
        {4, 0, {0x48, 0x0f, 0x44, 0xd1}},       /* cmove rdx, rcx */
        {2, 0, {0x85, 0xc0}},                   /* test eax, eax */
        {2, 0, {0x74, 0x00}},                   /* je to the next instruction */
        {2, 0, {0x89, 0xc1}},                   /* mov ecx, eax */
        {3, 0, {0x41, 0x89, 0xd1}},             /* mov r9d, edx */
        {3, 2, {0x03, 0x46}},                   /* add eax, [rsi + d] */
        {3, 0, {0x0f, 0xaf, 0xc2}},             /* imul eax, edx */
        {2, 0, {0xf7, 0xd8}},                   /* neg eax */
        {2, 0, {0x21, 0xd0}},                   /* and eax, edx */
        {2, 0, {0x09, 0xca}},                   /* or edx, ecx */
        {2, 0, {0xff, 0xc1}},                   /* inc ecx */
};

enum { RET = 0xc3, MOST_BYTES = COLD_LENGTH * 5 };

static uint32_t next(uint32_t *seed) {
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static uint8_t *function(uint8_t *at, uint32_t *seed) {
    for (int i = 0; i < COLD_LENGTH - 1; i++) {
        const struct template *t = &templates[next(seed) % array_length(templates)];
        memcpy(at, t->bytes, t->length);
        if (t->displacement) {
            at[t->displacement] = (next(seed) & 15) * 8;
        }
        at += t->length;
    }
    *at++ = RET;
    return at;
}

void cold_make(uint8_t **table) {
    uint8_t *at = memory_take((uint64_t)COLD_FUNCTIONS * MOST_BYTES, 4096);
    uint32_t seed = 1;
    for (int i = 0; i < COLD_FUNCTIONS; i++) {
        table[i] = at;
        at = function(at, &seed);
    }
}
