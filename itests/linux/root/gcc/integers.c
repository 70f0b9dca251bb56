/* Integer arithmetic of every width; each line is the checksum of many results. */
#include <stdint.h>
#include <stdio.h>

static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* Values near the limits turn up as often as any others. */
static uint64_t operand(void)
{
    static const uint64_t special[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
        0xffffffff, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0xaaaaaaaaaaaaaaaa};
    uint64_t value = next();
    return value & 1 ? special[(value >> 8) & 15] : value >> ((value >> 8) & 63);
}

static uint64_t sum;

static void take(uint64_t value)
{
    sum = (sum ^ value) * 0x100000001b3 + (sum >> 47);
}

#define WIDTH(name, s, u, bits)                                                  \
    static void name(void)                                                       \
    {                                                                            \
        sum = 0;                                                                 \
        for (int i = 0; i < 4000; i++) {                                         \
            u a = (u)operand(), b = (u)operand();                                \
            unsigned n = (unsigned)operand() % bits;                             \
            take((u)(a + b));                                                    \
            take((u)(a - b));                                                    \
            take((u)(a * b));                                                    \
            take((u)(a & b) | (u)((u)(a ^ b) << 1));                             \
            take((u)(a << n));                                                   \
            take((u)(a >> n));                                                   \
            take((u)((s)a >> n));                                                \
            take((u)((u)(a << n) | (u)(a >> ((bits - n) % bits))));              \
            take((u)((s)a < (s)b) + 2u * (a < b) + 4u * (a == b));               \
            take((u)(s)(int8_t)a + (u)(uint8_t)b);                               \
            if (b != 0)                                                          \
                take((u)(a / b) + (u)(a % b));                                   \
            if (b != 0 && !(a == (u)1 << (bits - 1) && (s)b == -1))              \
                take((u)((s)a / (s)b) ^ (u)((s)a % (s)b));                       \
            u out;                                                               \
            take(__builtin_add_overflow((s)a, (s)b, (s *)&out) + out);           \
            take(__builtin_mul_overflow((s)a, (s)b, (s *)&out) + out);           \
            take(__builtin_sub_overflow(a, b, &out) + out);                      \
        }                                                                        \
        printf(#name " %016llx\n", (unsigned long long)sum);                     \
    }

WIDTH(bits8, int8_t, uint8_t, 8)
WIDTH(bits16, int16_t, uint16_t, 16)
WIDTH(bits32, int32_t, uint32_t, 32)
WIDTH(bits64, int64_t, uint64_t, 64)

static void bits128(void)
{
    sum = 0;
    for (int i = 0; i < 4000; i++) {
        unsigned __int128 a = (unsigned __int128)operand() << 64 | operand(), b = (unsigned __int128)operand() * operand();
        unsigned n = (unsigned)operand() & 127;
        unsigned __int128 results[] = {a + b, a - b, a * b, a << n, a >> n, (unsigned __int128)((__int128)a >> n), b ? a / b : 0, b ? a % b : 0};
        for (unsigned k = 0; k < sizeof results / sizeof *results; k++) {
            take((uint64_t)results[k]);
            take((uint64_t)(results[k] >> 64));
        }
    }
    printf("bits128 %016llx\n", (unsigned long long)sum);
}

static void counting(void)
{
    sum = 0;
    for (int i = 0; i < 4000; i++) {
        uint64_t a = operand();
        take(__builtin_popcountll(a));
        take(__builtin_parityll(a));
        take(__builtin_bswap64(a) ^ __builtin_bswap32((uint32_t)a));
        if (a != 0)
            take(__builtin_clzll(a) * 64u + __builtin_ctzll(a));
        if ((uint32_t)a != 0)
            take(__builtin_clz((uint32_t)a) * 32u + __builtin_ctz((uint32_t)a));
    }
    printf("counting %016llx\n", (unsigned long long)sum);
}

static void strings(void)
{
    static unsigned char from[5000], to[5000];
    sum = 0;
    for (unsigned i = 0; i < sizeof from; i++)
        from[i] = (unsigned char)next();
    for (int i = 0; i < 200; i++) {
        unsigned at = next() % 2000, onto = next() % 2000, length = next() % 3000;
        unsigned char *d = to + onto, *s = from + at;
        unsigned long n = length;
        __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
        n = length / 8;
        d = to + onto;
        __asm__ volatile("rep stosq" : "+D"(d), "+c"(n) : "a"(next()) : "memory");
        d = from;
        n = sizeof from;
        __asm__ volatile("repne scasb" : "+D"(d), "+c"(n) : "a"((unsigned char)next()) : "memory", "cc");
        take(n + (uint64_t)(d - from) * 8192);
        for (unsigned k = 0; k < sizeof to; k += 7)
            take(to[k]);
    }
    printf("strings %016llx\n", (unsigned long long)sum);
}

int main(void)
{
    bits8();
    bits16();
    bits32();
    bits64();
    bits128();
    counting();
    strings();
    return 0;
}
