#include "guest.h"

#define DEBUGCON 0xe9
#define SERIAL 0x3f8
#define DEBUG_EXIT 0xf4

static char line[512];
static uint32_t used;
static bool to_debugcon = true;
static bool to_serial;

void console_setup(bool debugcon, bool serial) {
    to_debugcon = debugcon;
    to_serial = serial;
    if (serial) { /* 115200 8N1, FIFO on, no interrupts */
        out8(SERIAL + 1, 0);
        out8(SERIAL + 3, 0x80);
        out8(SERIAL, 1);
        out8(SERIAL + 1, 0);
        out8(SERIAL + 3, 0x03);
        out8(SERIAL + 2, 0x07);
    }
}

static void flush(void) {
    if (to_debugcon) {
        const char *from = line;
        uint64_t n = used;
        __asm__ volatile("rep outsb" : "+S"(from), "+c"(n) : "d"(DEBUGCON) : "memory");
    }
    for (uint32_t i = 0; to_serial && i < used; i++) {
        for (int spins = 0; spins < 10000 && !(in8(SERIAL + 5) & 0x20); spins++) {
            cpu_pause();
        }
        out8(SERIAL, line[i]);
    }
    used = 0;
}

static void put(char c) {
    line[used++] = c;
    if (c == '\n' || used == sizeof line) {
        flush();
    }
}

static void put_number(uint64_t v, unsigned base) {
    char digits[20];
    int n = 0;
    do {
        digits[n++] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v);
    while (n) {
        put(digits[--n]);
    }
}

static void put_text(const char *s) {
    while (*s) {
        put(*s++);
    }
}

void print_list(const char *format, va_list args) {
    for (const char *p = format; *p; p++) {
        if (*p != '%') {
            put(*p);
            continue;
        }
        switch (*++p) {
            case 's':
                put_text(va_arg(args, const char *));
                break;
            case 'u':
                put_number(va_arg(args, uint64_t), 10);
                break;
            case 'd': {
                int64_t v = va_arg(args, int64_t);
                if (v < 0) {
                    put('-');
                    v = -v;
                }
                put_number(v, 10);
                break;
            }
            case 'x':
                put_number(va_arg(args, uint64_t), 16);
                break;
            case 'c':
                put((char)va_arg(args, int));
                break;
            default:
                put(*p);
        }
    }
}

void print(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print_list(format, args);
    va_end(args);
}

_Noreturn static long halt(long a, long b) {
    (void)a;
    (void)b;
    for (;;) {
        __asm__ volatile("cli; hlt");
    }
}

void end(int status) {
    print("end=0x%x\n", (uint64_t)status);
    out8(DEBUG_EXIT, (uint8_t)status);
    if (guest_cpl == 3) {
        ring0(halt, 0, 0);
    }
    halt(0, 0);
}

void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print("error=");
    print_list(format, args);
    print("\n");
    va_end(args);
    end(END_PARAMETER);
}

struct exception_frame {
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

void exception_report(const struct exception_frame *f);

void exception_report(const struct exception_frame *f) {
    uint64_t cr2;
    __asm__ volatile("movq %%cr2, %0" : "=r"(cr2));
    used = 0;
    print("exception=%u error=0x%x rip=0x%x cs=0x%x rsp=0x%x rflags=0x%x cr2=0x%x\n", f->vector,
          f->error, f->rip, f->cs, f->rsp, f->rflags, cr2);
    print("end=0x%x\n", (uint64_t)END_EXCEPTION);
    out8(DEBUG_EXIT, END_EXCEPTION);
    halt(0, 0);
}
