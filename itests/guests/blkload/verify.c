#include "verify.h"

#include "pattern.h"

#define PRINTED_MISMATCHES 20

void verify_open(struct verify *v, uint64_t first, uint64_t sectors) {
    *v = (struct verify){.first = first, .sectors = sectors};
    v->run = param_u64("run", rdtsc());
    v->generation = memory_take(4 * sectors, 4096);
    memset(v->generation, 0, 4 * sectors);
}

void verify_prepare(struct verify *v, struct slot *s) {
    uint64_t *words = (uint64_t *)s->data;
    uint32_t sectors = s->bytes / SECTOR;
    if (s->op == OP_WRITE) {
        s->generation = ++v->last_generation;
        for (uint32_t i = 0; i < sectors; i++, words += PATTERN_WORDS) {
            pattern_fill(words, s->sector + i, s->generation, v->run);
        }
    } else if (s->op == OP_READ) {
        for (uint32_t i = 0; i < sectors; i++, words += PATTERN_WORDS) {
            words[0] = ~0ull;
        }
    }
}

static void report(struct verify *v, const uint64_t *words, uint64_t sector, uint32_t expected,
                   enum pattern_fault fault) {
    static const char *const kinds[] = {"none", "magic", "sector", "run", "generation", "checksum", "not_zero"};
    if (v->mismatches++ < PRINTED_MISMATCHES) {
        print("mismatch kind=%s sector=%u expected_generation=%u found_generation=%u found_sector=%u "
              "found_magic=0x%x\n",
              kinds[fault], sector, (uint64_t)expected, words[2], words[1], words[0]);
    }
}

static void check(struct verify *v, const struct slot *s) {
    const uint64_t *words = (const uint64_t *)s->data;
    for (uint32_t i = 0; i < s->bytes / SECTOR; i++, words += PATTERN_WORDS) {
        uint32_t expected = v->generation[s->sector + i - v->first];
        if (expected == GENERATION_UNKNOWN) {
            v->unverified++;
            continue;
        }
        v->checked++;
        enum pattern_fault fault = expected == GENERATION_ZERO
                                           ? pattern_check_zero(words)
                                           : pattern_check(words, s->sector + i, expected, v->run);
        if (fault) {
            report(v, words, s->sector + i, expected, fault);
        }
    }
}

void verify_complete(struct verify *v, const struct slot *s, bool failed) {
    if (s->op == OP_FLUSH) {
        return;
    }
    if (s->op == OP_READ) {
        if (!failed) {
            check(v, s);
        }
        return;
    }
    uint32_t now = failed || s->op == OP_DISCARD ? (uint32_t)GENERATION_UNKNOWN
                   : s->op == OP_ZERO            ? (uint32_t)GENERATION_ZERO
                                                 : (uint32_t)s->generation;
    for (uint32_t i = 0; i < s->bytes / SECTOR; i++) {
        v->generation[s->sector + i - v->first] = now;
    }
}
