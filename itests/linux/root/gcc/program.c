/* What ordinary programs do: recursion, function pointers, variable arguments, long jumps, allocation, sorting, text. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned ackermann(unsigned m, unsigned n)
{
    return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static uint32_t sorted_checksum(void)
{
    enum { COUNT = 20000 };
    uint32_t *numbers = malloc(COUNT * sizeof *numbers), x = 12345, sum = 0;
    for (int i = 0; i < COUNT; i++)
        numbers[i] = x = x * 1664525 + 1013904223;
    qsort(numbers, COUNT, sizeof *numbers, ascending);
    for (int i = 0; i < COUNT; i++)
        sum = sum * 31 + numbers[i];
    free(numbers);
    return sum;
}

static double total(int count, ...)
{
    va_list list;
    double sum = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++)
        sum += i & 1 ? va_arg(list, double) : va_arg(list, int);
    va_end(list);
    return sum;
}

struct node {
    struct node *left, *right;
    uint32_t key;
};

static struct node *insert(struct node *at, uint32_t key)
{
    if (at == NULL) {
        at = calloc(1, sizeof *at);
        at->key = key;
    } else if (key < at->key)
        at->left = insert(at->left, key);
    else if (key > at->key)
        at->right = insert(at->right, key);
    return at;
}

static unsigned depth(const struct node *at)
{
    if (at == NULL)
        return 0;
    unsigned left = depth(at->left), right = depth(at->right);
    return 1 + (left > right ? left : right);
}

static jmp_buf back;

static unsigned jumps(void)
{
    volatile unsigned count = 0;
    if (setjmp(back) < 50) {
        count++;
        longjmp(back, (int)count);
    }
    return count;
}

static sigjmp_buf from_signal;
static volatile int caught;

static void on_signal(int number)
{
    caught += number;
    siglongjmp(from_signal, number);
}

/* Faults become signals and come back: page fault, division, undefined instruction, breakpoint. */
static int faults(void)
{
    volatile int zero = 0, one = 1;
    const int numbers[] = {SIGSEGV, SIGFPE, SIGILL, SIGTRAP};
    for (unsigned i = 0; i < 4; i++)
        signal(numbers[i], on_signal);
    for (volatile int round = 0; round < 25; round++) {
        if (sigsetjmp(from_signal, 1) == 0)
            *(volatile int *)(uintptr_t)(0x1000 + round * 8) = 1;
        if (sigsetjmp(from_signal, 1) == 0)
            caught += one / zero;
        if (sigsetjmp(from_signal, 1) == 0)
            __asm__ volatile("ud2");
        if (sigsetjmp(from_signal, 1) == 0)
            __asm__ volatile("int3");
    }
    return caught;
}

static uint32_t choose(unsigned n)
{
    switch (n % 9) {
    case 0: return n + 3;
    case 1: return n * 7;
    case 2: return n ^ 0x55;
    case 3: return n >> 2;
    case 4: return ~n;
    case 5: return n << 5;
    case 6: return n - 1000;
    case 7: return n * n;
    default: return n / 3;
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    printf("ackermann %u\n", ackermann(2, 200 + (unsigned)argc - 1));
    printf("sorted %08x\n", sorted_checksum());
    printf("arguments %.3f\n", total(6, 1, 2.5, 3, 4.25, 5, 6.125));
    struct node *tree = NULL;
    uint32_t x = 1;
    for (int i = 0; i < 5000; i++)
        tree = insert(tree, (x = x * 1103515245 + 12345) >> 8);
    printf("depth %u\n", depth(tree));
    printf("jumps %u\n", jumps());
    printf("faults %d\n", faults());
    uint32_t sum = 0;
    for (unsigned i = 0; i < 20000; i++)
        sum = (sum << 1 | sum >> 31) ^ choose(i);
    printf("switch %08x\n", sum);
    char text[200], copy[200];
    snprintf(text, sizeof text, "%-8s|%8d|%#010x|%+.4f|%e|%5.2f%%", "left", -42, 0xbeef, 3.14159, 0.000123, 99.5);
    memset(copy, 0, sizeof copy);
    for (char *part = strtok(strdup(text), "|"); part != NULL; part = strtok(NULL, "|")) {
        strcat(copy, part);
        strcat(copy, ":");
    }
    printf("text %s %zu %ld %.2f\n", copy, strlen(copy), strtol("-7fff", NULL, 16), strtod("2.75e2", NULL));
    return 0;
}
