#include "guest.h"

/* The fields of hvm_start_info that are used (xen/include/public/arch-x86/hvm/start_info.h). */
#define START_MAGIC 0x336ec578u
#define START_CMDLINE 24

static char text[1024];
static const char *names[32];
static const char *values[32];
static int count;

bool text_equals(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void copy_command_line(void) {
    if (!start_info_address || *(volatile uint32_t *)start_info_address != START_MAGIC) {
        return;
    }
    const char *from = (const char *)*(volatile uint64_t *)(start_info_address + START_CMDLINE);
    for (size_t i = 0; from && from[i] && i < sizeof text - 1; i++) {
        text[i] = from[i];
    }
}

static bool is_known(const char *name, const char *const *known) {
    static const char *const common[] = {"serial", "debugcon", "tsc_khz", "memory", 0};
    for (int i = 0; common[i]; i++) {
        if (text_equals(name, common[i])) {
            return true;
        }
    }
    for (int i = 0; known[i]; i++) {
        if (text_equals(name, known[i])) {
            return true;
        }
    }
    return false;
}

void params_setup(const char *const *known) {
    copy_command_line();
    char *p = text;
    while (*p) {
        while (*p == ' ') {
            *p++ = 0;
        }
        if (!*p || count == array_length(names)) {
            break;
        }
        names[count] = p;
        values[count] = "1";
        bool named = false;
        for (; *p && *p != ' '; p++) {
            if (*p == '=' && !named) {
                named = true;
                *p = 0;
                values[count] = p + 1;
            }
        }
        count++;
    }
    console_setup(param_u64("debugcon", 1), param_u64("serial", 0));
    for (int i = 0; i < count; i++) {
        /* QEMU puts the image's path in front of the command line. */
        if (!is_known(names[i], known) && names[i][0] != '/' && names[i][0] != '.') {
            die("unknown parameter '%s'", names[i]);
        }
    }
}

const char *param_text(const char *name, const char *otherwise) {
    for (int i = count - 1; i >= 0; i--) {
        if (text_equals(names[i], name)) {
            return values[i];
        }
    }
    return otherwise;
}

bool param_is(const char *name, const char *value, const char *otherwise) {
    return text_equals(param_text(name, otherwise), value);
}

static int digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

uint64_t param_u64(const char *name, uint64_t otherwise) {
    const char *s = param_text(name, 0);
    if (!s) {
        return otherwise;
    }
    const char *p = s;
    int base = 10;
    if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
        base = 16;
        p += 2;
    }
    uint64_t v = 0;
    const char *first = p;
    while (digit(*p) < base) {
        v = v * base + digit(*p++);
    }
    if (base == 10 && (*p == 'k' || *p == 'K' || *p == 'm' || *p == 'M' || *p == 'g' || *p == 'G')) {
        char unit = *p++ | 0x20;
        v <<= unit == 'k' ? 10 : unit == 'm' ? 20 : 30;
    }
    if (p == first || *p) {
        die("parameter %s='%s' is not a number (decimal with k, m, g; or 0x hexadecimal)", name, s);
    }
    return v;
}
