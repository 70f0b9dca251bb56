/* The x87 notices that its register stack overflows. QEMU 7.2 does not emulate that. */
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

static uint16_t status(void)
{
    uint16_t word;
    __asm__ volatile("fnstsw %0" : "=am"(word));
    return word;
}

int main(void)
{
    long double x;
    __asm__ volatile("fninit");
    __asm__ volatile("fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fld1\n fstpt %0" : "=m"(x));
    printf("stack %04x\n", status() & 0x7f);
    show("overflow", x);
    __asm__ volatile("fninit");
    return 0;
}

