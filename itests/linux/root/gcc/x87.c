/* Instructions of the x87 that have one right answer: control word, stack, integers, BCD, exact operations. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void show(const char *name, long double value)
{
    unsigned char bytes[16] = {0};
    memcpy(bytes, &value, 10);
    printf("%-12s ", name);
    for (int i = 9; i >= 0; i--)
        printf("%02x", bytes[i]);
    putchar('\n');
}

static const long double samples[] = {0.0L, -0.0L, 1.0L, -1.5L, 2.5L, 3.75e10L, -1e-4940L, 1.1897314953572317e4932L, __builtin_infl(),
    123456789012345678.0L, 0.333333333333333333333L, 4.9406564584124654e-324L};
#define SAMPLES (sizeof samples / sizeof *samples)

#define UNARY(name)                                         \
    for (unsigned i = 0; i < SAMPLES; i++) {                \
        long double x = samples[i];                         \
        __asm__ volatile(#name : "+t"(x));                  \
        show(#name, x);                                     \
    }

static void precision(void)
{
    for (unsigned control = 0; control < 16; control++) {
        uint16_t word = (uint16_t)(0x7f | (control & 3) << 8 | (control >> 2) << 10), old;
        long double third, root;
        if ((control & 3) == 1)
            continue;
        __asm__ volatile("fnstcw %0" : "=m"(old));
        __asm__ volatile("fldcw %0" : : "m"(word));
        __asm__ volatile("fld1\n fdiv %%st(1), %%st\n fstp %%st(1)" : "=t"(third) : "0"(3.0L));
        __asm__ volatile("fsqrt" : "=t"(root) : "0"(2.0L));
        __asm__ volatile("fldcw %0" : : "m"(old));
        show("1/3", third);
        show("sqrt(2)", root);
    }
}

static void integers(void)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        int16_t w;
        int32_t l;
        int64_t q;
        unsigned char bcd[16] = {0};
        __asm__ volatile("fld %1\n fistps %0" : "=m"(w) : "f"(samples[i]));
        __asm__ volatile("fld %1\n fistpl %0" : "=m"(l) : "f"(samples[i]));
        __asm__ volatile("fld %1\n fistpll %0" : "=m"(q) : "f"(samples[i]));
        __asm__ volatile("fld %1\n fbstp %0" : "=m"(bcd) : "f"(samples[i]));
        printf("integers %04x %08x %016llx ", (uint16_t)w, (unsigned)l, (unsigned long long)q);
        for (int k = 9; k >= 0; k--)
            printf("%02x", bcd[k]);
        long double back;
        __asm__ volatile("fildll %1" : "=t"(back) : "m"(q));
        putchar('\n');
        show("fild", back);
    }
}

static void comparisons(void)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        for (unsigned k = 0; k < SAMPLES; k++) {
            uint16_t word;
            unsigned char z, c, p;
            __asm__ volatile("fucom %2\n fnstsw %0" : "=a"(word) : "t"(samples[i]), "u"(samples[k]));
            __asm__ volatile("fucomi %4, %3\n setz %0\n setc %1\n setp %2" : "=qm"(z), "=qm"(c), "=qm"(p) : "t"(samples[i]), "u"(samples[k]) : "cc");
            printf("%x%x ", (word >> 8) & 0x45, z * 4 + p * 2 + c);
        }
        uint16_t word;
        __asm__ volatile("fxam\n fnstsw %0" : "=a"(word) : "t"(samples[i]));
        printf("fxam %x\n", (word >> 8) & 0x47);
    }
}

static void remainders(void)
{
    static const long double divisors[] = {3.0L, 0.7L, 1e10L, -2.5L};
    for (unsigned i = 2; i < 6; i++) {
        for (unsigned k = 0; k < 4; k++) {
            long double a = samples[i], b = samples[i];
            uint16_t word;
            do
                __asm__ volatile("fprem\n fnstsw %1" : "+t"(a), "=a"(word) : "u"(divisors[k]));
            while (word & 0x400);
            show("fprem", a);
            do
                __asm__ volatile("fprem1\n fnstsw %1" : "+t"(b), "=a"(word) : "u"(divisors[k]));
            while (word & 0x400);
            show("fprem1", b);
        }
    }
}

static void parts(void)
{
    for (unsigned i = 2; i < 8; i++) {
        long double fraction, exponent, scaled;
        __asm__ volatile("fxtract" : "=t"(fraction), "=u"(exponent) : "0"(samples[i]));
        show("fraction", fraction);
        show("exponent", exponent);
        __asm__ volatile("fscale" : "=t"(scaled) : "0"(samples[i]), "u"(-3.7L));
        show("fscale", scaled);
    }
}

static void constants(void)
{
    long double x;
#define CONSTANT(name) __asm__ volatile(#name : "=t"(x)); show(#name, x);
    CONSTANT(fldpi)
    CONSTANT(fldl2e)
    CONSTANT(fldl2t)
    CONSTANT(fldlg2)
    CONSTANT(fldln2)
}

int main(void)
{
    UNARY(fabs)
    UNARY(fchs)
    UNARY(frndint)
    precision();
    integers();
    comparisons();
    remainders();
    parts();
    constants();
    return 0;
}
