/* Loops with a known number of instructions, and code that is too much to be warm. */
#ifndef MIPS_H
#define MIPS_H

#include "../common/guest.h"

/* Functions of the cold code and instructions in each, its RET included. */
enum { COLD_FUNCTIONS = 4096, COLD_LENGTH = 16 };

/* loops.S */
long loop_mix(long turns, void *memory);
long loop_hash(long turns, void *memory);
long loop_random(long turns, void *memory);
long loop_sequential(long turns, void *memory);
long loop_fib(long n, void *unused);
long loop_addmul(long turns, void *memory);
long loop_sieve(long turns, void *memory);
long loop_indirect(long turns, void *memory);
long loop_calls(long turns, void *memory, uint8_t **table, long mask);
long loop_each(long number, void *memory, uint8_t **table);

/* cold.c: makes COLD_FUNCTIONS functions that use rax, rcx, rdx, r8, r9 and 128 bytes at rsi. */
void cold_make(uint8_t **table);

#endif
