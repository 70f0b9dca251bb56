/*
 * What every written sector carries. 64 little-endian 64-bit words:
 *   0 magic "IPSECTOR", 1 sector, 2 generation, 3 run, 4 checksum, 5-63 payload.
 * Payload word i = mix(seed + i * STEP), seed = sector ^ generation << 40 ^ run. Checksum: over all
 * words but the checksum itself, sum = rotate_left(sum, 5) ^ word, times MULTIPLIER; start value 0.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <stdint.h>

#define PATTERN_MAGIC 0x524f544345535049ull
#define PATTERN_STEP 0x9e3779b97f4a7c15ull
#define PATTERN_MULTIPLIER 0xff51afd7ed558ccdull
#define PATTERN_WORDS 64

enum pattern_fault { FAULT_NONE, FAULT_MAGIC, FAULT_SECTOR, FAULT_RUN, FAULT_GENERATION, FAULT_CHECKSUM, FAULT_NOT_ZERO };

void pattern_fill(uint64_t *words, uint64_t sector, uint64_t generation, uint64_t run);
enum pattern_fault pattern_check(const uint64_t *words, uint64_t sector, uint64_t generation, uint64_t run);
enum pattern_fault pattern_check_zero(const uint64_t *words);

#endif
