/* float, double and long double: results as bits, rounding modes, exception flags, special values. */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t seed = 88172645463325252, sum;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void take(const void *value, unsigned size)
{
    uint64_t words[2] = {0, 0};
    memcpy(words, value, size);
    sum = ((sum ^ words[0]) * 0x100000001b3 + (sum >> 47)) ^ (words[1] << 20);
}

static void take_number(uint64_t number)
{
    take(&number, sizeof number);
}

static float any_float(void)
{
    static const float special[] = {0, -0.0f, 1, -1, 1e-45f, -1e-40f, 3.4028235e38f, INFINITY, -INFINITY, 0.5f, 1.17549435e-38f, 16777217};
    uint64_t value = next();
    if ((value & 3) == 0)
        return special[(value >> 8) % 12];
    float out;
    uint32_t bits = (uint32_t)(value >> 20);
    memcpy(&out, &bits, sizeof out);
    return out == out ? out : 1.5f;
}

static double any_double(void)
{
    static const double special[] = {0, -0.0, 1, -1, 5e-324, -1e-310, 1.7976931348623157e308, INFINITY, -INFINITY, 0.5, 2.2250738585072014e-308, 9007199254740993};
    uint64_t value = next();
    if ((value & 3) == 0)
        return special[(value >> 8) % 12];
    double out;
    uint64_t bits = next();
    memcpy(&out, &bits, sizeof out);
    return out == out ? out : 1.5;
}

/* A quiet NaN's sign depends on the order of the operands, which is the compiler's choice. */
#define RESULT(type, bytes, expression)            \
    do {                                           \
        volatile type result_ = (expression);      \
        if (result_ != result_)                    \
            take_number(0x7ff8);                   \
        else {                                     \
            type copy_ = result_;                  \
            take(&copy_, bytes);                   \
        }                                          \
    } while (0)

#define OPERATIONS(name, type, bytes, make, root)                             \
    static void name(void)                                                    \
    {                                                                         \
        for (int i = 0; i < 3000; i++) {                                      \
            volatile type a = make, b = make;                                 \
            RESULT(type, bytes, a + b);                                       \
            RESULT(type, bytes, a - b);                                       \
            RESULT(type, bytes, a * b);                                       \
            RESULT(type, bytes, a / b);                                       \
            RESULT(type, bytes, root(a < 0 ? -a : a));                        \
            take_number((a < b) + 2u * (a == b) + 4u * (a <= b) + 8u * (a != b)); \
        }                                                                     \
    }

OPERATIONS(singles, float, 4, any_float(), sqrtf)
OPERATIONS(doubles, double, 8, any_double(), sqrt)
OPERATIONS(extended, long double, 10, (long double)any_double(), sqrtl)

static void conversions(void)
{
    for (int i = 0; i < 3000; i++) {
        volatile double d = any_double();
        volatile float f = any_float();
        volatile long double l = (long double)d * 1.25L;
        int64_t n = (int64_t)next();
        RESULT(float, 4, (float)d);
        RESULT(double, 8, (double)f);
        RESULT(float, 4, (float)l);
        RESULT(double, 8, (double)l);
        RESULT(double, 8, (double)n);
        RESULT(float, 4, (float)n);
        RESULT(long double, 10, (long double)n);
        RESULT(double, 8, (double)(uint64_t)n);
        RESULT(float, 4, (float)(int32_t)n);
        if (fabs(d) < 9e18) {
            take_number((uint64_t)(int64_t)d);
            take_number((uint64_t)llrint(d));
        }
        if (fabsf(f) < 2e9f) {
            take_number((uint64_t)(int32_t)f);
            take_number((uint64_t)lrintf(f));
        }
        if (fabsl(l) < 9e18L)
            take_number((uint64_t)llrintl(l));
    }
}

static const struct { int mode; const char *name; } modes[] = {
    {FE_TONEAREST, "nearest"}, {FE_DOWNWARD, "down"}, {FE_UPWARD, "up"}, {FE_TOWARDZERO, "zero"}};

static void in_every_mode(const char *name, void (*run)(void))
{
    for (unsigned i = 0; i < 4; i++) {
        fesetround(modes[i].mode);
        sum = 0;
        run();
        fesetround(FE_TONEAREST);
        printf("%s %s %016llx\n", name, modes[i].name, (unsigned long long)sum);
    }
}

#define FLAGS(name, type, expression)                                                     \
    do {                                                                                  \
        feclearexcept(FE_ALL_EXCEPT);                                                     \
        volatile type result_ = (expression);                                             \
        (void)result_;                                                                    \
        int flags_ = fetestexcept(FE_ALL_EXCEPT);                                         \
        printf("flags %s%s%s%s%s%s\n", name, flags_ & FE_INVALID ? " invalid" : "",       \
            flags_ & FE_DIVBYZERO ? " divide" : "", flags_ & FE_OVERFLOW ? " overflow" : "", \
            flags_ & FE_UNDERFLOW ? " underflow" : "", flags_ & FE_INEXACT ? " inexact" : ""); \
    } while (0)

static void flags(void)
{
    volatile double one = 1, zero = 0, big = 1e308, small = 1e-308, tenth = 0.1, inf = INFINITY;
    volatile float fbig = 3e38f, fsmall = 1e-38f;
    volatile long double lbig = 1e4932L, lthree = 3, lzero = 0;
    FLAGS("1+1", double, one + one);
    FLAGS("1/0", double, one / zero);
    FLAGS("0/0", double, zero / zero);
    FLAGS("inf-inf", double, inf - inf);
    FLAGS("big*big", double, big * big);
    FLAGS("small*small", double, small * small);
    FLAGS("tenth*tenth", double, tenth * tenth);
    FLAGS("sqrt(-1)", double, sqrt(-one));
    FLAGS("fbig*fbig", float, fbig * fbig);
    FLAGS("fsmall*fsmall", float, fsmall * fsmall);
    FLAGS("(float)big", float, (float)big);
    FLAGS("(int)big", int, (int)big);
    FLAGS("(int)1.5", int, (int)(one + 0.5));
    FLAGS("lbig*lbig", long double, lbig * lbig);
    FLAGS("1L/3L", long double, 1 / lthree);
    FLAGS("1L/0L", long double, 1 / lzero);
}

static void printed(void)
{
    volatile double third = 1.0 / 3, x = 2;
    volatile long double lx = 2;
    printf("printed %.17g %a %.10Lg %La\n", third, third, sqrtl(lx), sqrtl(lx));
    printf("printed %.0f %.3e %g %.20f\n", 2.5, 6.02214076e23, 1e-5, 0.1);
    printf("series %.15f %.15f\n", exp(1.0) * 0 + 2.718281828459045, x);
    double sine = 0, term = 1;
    for (int i = 1; i < 30; i += 2) {
        sine += term;
        term = -term / ((i + 1) * (i + 2));
    }
    printf("sin(1) %.17g\n", sine);
    long double e = 0, t = 1;
    for (int i = 1; i < 40; i++) {
        e += t;
        t /= i;
    }
    printf("e %.21Lg\n", e);
}

int main(void)
{
    in_every_mode("single", singles);
    in_every_mode("double", doubles);
    in_every_mode("extended", extended);
    in_every_mode("conversions", conversions);
    flags();
    printed();
    return 0;
}
