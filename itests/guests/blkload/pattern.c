#include "pattern.h"

static inline uint64_t mix(uint64_t x) {
    x ^= x >> 31;
    x *= PATTERN_MULTIPLIER;
    return x ^ x >> 29;
}

static uint64_t checksum(const uint64_t *words) {
    uint64_t sum = 0;
    for (int i = 0; i < PATTERN_WORDS; i++) {
        if (i != 4) {
            sum = ((sum << 5 | sum >> 59) ^ words[i]) * PATTERN_MULTIPLIER;
        }
    }
    return sum;
}

void pattern_fill(uint64_t *words, uint64_t sector, uint64_t generation, uint64_t run) {
    words[0] = PATTERN_MAGIC;
    words[1] = sector;
    words[2] = generation;
    words[3] = run;
    uint64_t seed = sector ^ generation << 40 ^ run;
    for (int i = 5; i < PATTERN_WORDS; i++) {
        words[i] = mix(seed + i * PATTERN_STEP);
    }
    words[4] = checksum(words);
}

enum pattern_fault pattern_check(const uint64_t *words, uint64_t sector, uint64_t generation, uint64_t run) {
    if (words[0] != PATTERN_MAGIC) {
        return FAULT_MAGIC;
    }
    if (words[1] != sector) {
        return FAULT_SECTOR;
    }
    if (words[3] != run) {
        return FAULT_RUN;
    }
    if (words[2] != generation) {
        return FAULT_GENERATION;
    }
    return words[4] == checksum(words) ? FAULT_NONE : FAULT_CHECKSUM;
}

enum pattern_fault pattern_check_zero(const uint64_t *words) {
    uint64_t any = 0;
    for (int i = 0; i < PATTERN_WORDS; i++) {
        any |= words[i];
    }
    return any ? FAULT_NOT_ZERO : FAULT_NONE;
}
