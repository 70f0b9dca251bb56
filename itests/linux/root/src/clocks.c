/* Compares CLOCK_MONOTONIC with the RTC over some seconds, measured from one RTC tick to another. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double now(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long rtc(void)
{
    char text[32] = "";
    int file = open("/sys/class/rtc/rtc0/since_epoch", O_RDONLY);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0) {
        puts("clock error=no-rtc");
        exit(1);
    }
    close(file);
    return atol(text);
}

/* Waits for the RTC to tick; the host's time of arrival of the line printed there is compared as well. */
static long tick(const char *name, double *monotonic)
{
    long before = rtc(), after;
    do {
        *monotonic = now(CLOCK_MONOTONIC);
        after = rtc();
    } while (after == before);
    FILE *console = fopen("/dev/console", "w");
    if (console != NULL) {
        fprintf(console, "INTERPOSER-GUEST: clock-mark name=%s monotonic=%.6f rtc=%ld\n", name, now(CLOCK_MONOTONIC), after);
        fclose(console);
    }
    return after;
}

int main(int argc, char **argv)
{
    double start, end, backward = 0, last;
    int seconds = argc > 1 ? atoi(argv[1]) : 20;
    long first = tick("start", &start), ended;
    last = start;
    while (now(CLOCK_MONOTONIC) < start + seconds - 1.5) {
        double t = now(CLOCK_MONOTONIC);
        if (t < last && last - t > backward)
            backward = last - t;
        last = t;
        usleep(1000);
    }
    ended = tick("end", &end);
    double drift = (end - start) / (double)(ended - first) - 1;
    printf("clock monotonic=%.6f rtc=%ld drift_percent=%.3f backward=%.9f\n", end - start, ended - first, drift * 100, backward);
    return !(drift < 0.01 && drift > -0.01 && backward == 0);
}
