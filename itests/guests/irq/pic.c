/* 8259A pair (Intel 231468), fed by the 8254's channel 0 (IRQ 0) and the MC146818's periodic interrupt (IRQ 8). */
#include "irq.h"

#define MASTER 0x20
#define SLAVE 0xa0
#define READ_IRR 0x0a
#define READ_ISR 0x0b
#define POLL 0x0c
#define EOI 0x20
#define LVT_EXTINT 0x700

static volatile uint8_t isr_inside, isr_after;

void pic_mask(uint16_t mask) {
    out8(MASTER + 1, mask & 0xff);
    out8(SLAVE + 1, mask >> 8);
}

static void initialise(uint8_t icw4) {
    out8(MASTER, 0x11);
    out8(MASTER + 1, VECTOR_PIC);
    out8(MASTER + 1, 0x04);
    out8(MASTER + 1, icw4);
    out8(SLAVE, 0x11);
    out8(SLAVE + 1, VECTOR_PIC + 8);
    out8(SLAVE + 1, 0x02);
    out8(SLAVE + 1, icw4);
    pic_mask(0xffff);
}

static uint8_t read_register(uint16_t chip, uint8_t which) {
    out8(chip, which);
    return in8(chip);
}

static void record_and_end(void) {
    isr_inside = read_register(MASTER, READ_ISR);
    out8(MASTER, EOI);
    isr_after = read_register(MASTER, READ_ISR);
}

static void record_only(void) {
    isr_inside = read_register(MASTER, READ_ISR);
}

static void end_both(void) {
    isr_inside = read_register(SLAVE, READ_ISR);
    isr_after = read_register(MASTER, READ_ISR);
    rtc_acknowledge();
    out8(SLAVE, EOI);
    out8(MASTER, EOI);
}

void pit_once(uint32_t ticks) {
    out8(0x43, 0x30); /* channel 0, mode 0 */
    out8(0x40, ticks & 0xff);
    out8(0x40, ticks >> 8);
}

void pit_periodic(uint32_t hz) {
    uint32_t ticks = PIT_HZ / hz;
    out8(0x43, 0x34); /* channel 0, mode 2 */
    out8(0x40, ticks & 0xff);
    out8(0x40, ticks >> 8);
}

void pit_stop(void) {
    pit_once(1); /* not every PIT stops counting at a new mode alone */
}

static uint8_t cmos_read(uint8_t reg) {
    out8(0x70, reg);
    return in8(0x71);
}

static void cmos_write(uint8_t reg, uint8_t v) {
    out8(0x70, reg);
    out8(0x71, v);
}

uint8_t rtc_acknowledge(void) {
    return cmos_read(0x0c);
}

void rtc_start(int rate) {
    cmos_write(0x0a, (cmos_read(0x0a) & 0xf0) | rate);
    rtc_acknowledge();
    cmos_write(0x0b, cmos_read(0x0b) | 0x40);
}

void rtc_stop(void) {
    cmos_write(0x0b, cmos_read(0x0b) & ~0x40);
    rtc_acknowledge();
}

static void delivery(void) {
    pit_once(1000);
    uint8_t irr = 0;
    for (int waited = 0; !(irr & 1) && waited < 2000; waited += 20) {
        wait_ms(20);
        irr = read_register(MASTER, READ_IRR);
    }
    check("pic.irr", irr & 1 && !interrupt_count[VECTOR_PIC], "masked: irr=0x%x interrupts=%u",
          (uint64_t)irr, interrupt_count[VECTOR_PIC]);

    on_interrupt(VECTOR_PIC, record_and_end);
    pic_mask(0xfffe);
    bool came = wait_for(VECTOR_PIC, 1, 2000);
    check("pic.deliver", came, "unmasked: interrupts=%u", interrupt_count[VECTOR_PIC]);
    check("pic.isr", isr_inside == 1 && isr_after == 0, "inside=0x%x after_eoi=0x%x",
          (uint64_t)isr_inside, (uint64_t)isr_after);
}

static void without_eoi(void) {
    on_interrupt(VECTOR_PIC, record_only);
    interrupt_count[VECTOR_PIC] = 0;
    pit_once(1000);
    wait_for(VECTOR_PIC, 1, 2000);
    pit_once(1000);
    wait_ms(20);
    uint64_t before = interrupt_count[VECTOR_PIC];
    on_interrupt(VECTOR_PIC, record_and_end);
    out8(MASTER, EOI);
    pit_once(1000);
    bool came = wait_for(VECTOR_PIC, 2, 2000);
    check("pic.eoi", before == 1 && came, "without_eoi=%u then=%u", before, interrupt_count[VECTOR_PIC]);

    on_interrupt(VECTOR_PIC, record_only);
    interrupt_count[VECTOR_PIC] = 0;
    initialise(0x03); /* automatic EOI */
    pic_mask(0xfffe);
    pit_periodic(500);
    came = wait_for(VECTOR_PIC, 3, 2000);
    check("pic.auto_eoi", came && isr_inside == 0, "interrupts=%u isr=0x%x", interrupt_count[VECTOR_PIC],
          (uint64_t)isr_inside);
    pit_stop();
    initialise(0x01);
}

static void poll(void) {
    __asm__ volatile("cli");
    pit_once(1000);
    uint64_t end = rdtsc() + ms_to_tsc(2000);
    while (!(read_register(MASTER, READ_IRR) & 1) && rdtsc() < end) {
        cpu_pause();
    }
    apic_write(APIC_LVT_LINT0, 1u << 16 | LVT_EXTINT); /* the processor must not take it first */
    out8(MASTER + 1, 0xfe);
    out8(MASTER, POLL);
    uint8_t word = in8(MASTER);
    uint8_t isr = read_register(MASTER, READ_ISR);
    out8(MASTER, 0x60); /* specific EOI, level 0 */
    uint8_t then = read_register(MASTER, READ_ISR);
    check("pic.poll", word == 0x80 && isr == 1 && then == 0, "word=0x%x isr=0x%x after_specific_eoi=0x%x",
          (uint64_t)word, (uint64_t)isr, (uint64_t)then);
    pic_mask(0xffff);
    apic_write(APIC_LVT_LINT0, LVT_EXTINT);
}

void pic_checks(void) {
    initialise(0x01);
    apic_write(APIC_LVT_LINT0, LVT_EXTINT);
    pic_mask(0x5aa5);
    uint16_t mask = in8(MASTER + 1) | in8(SLAVE + 1) << 8;
    check("pic.imr", mask == 0x5aa5, "wrote=0x5aa5 read=0x%x", (uint64_t)mask);
    pic_mask(0xffff);

    delivery();
    without_eoi();
    if (has_quirk("pic_poll")) {
        skipped("pic.poll", "quirk pic_poll");
    } else {
        poll();
    }

    interrupt_count[VECTOR_PIC + 8] = 0;
    on_interrupt(VECTOR_PIC + 8, end_both);
    rtc_start(RTC_64_HZ);
    pic_mask(0xfefb);
    bool came = wait_for(VECTOR_PIC + 8, 3, 2000);
    rtc_stop();
    pic_mask(0xffff);
    check("pic.cascade", came && isr_inside == 1 && isr_after == 4, "irq8=%u slave_isr=0x%x master_isr=0x%x",
          interrupt_count[VECTOR_PIC + 8], (uint64_t)isr_inside, (uint64_t)isr_after);
    apic_write(APIC_LVT_LINT0, 1u << 16);
}

static uint16_t pit_latched(void) {
    out8(0x43, 0x00);
    uint8_t low = in8(0x40);
    return low | in8(0x40) << 8;
}

void pit_checks(void) {
    apic_write(APIC_LVT_LINT0, LVT_EXTINT);
    initialise(0x01);
    out8(0x43, 0x34);
    out8(0x40, 0xff);
    out8(0x40, 0xff);
    uint32_t ticks = 0;
    for (int tries = 0; tries < 5 && (ticks <= 1500 || ticks >= 40000); tries++) { /* the host may be busy */
        uint16_t first = pit_latched();
        wait_ms(2);
        ticks = (uint16_t)(first - pit_latched());
    }
    check("pit.latch", ticks > 1500 && ticks < 40000, "ticks_in_2_ms=%u expected=2386", (uint64_t)ticks);

    out8(0x43, 0xe2); /* read back: status of channel 0 */
    uint8_t status = in8(0x40);
    check("pit.read_back", (status & 0x3f) == 0x34, "status=0x%x", (uint64_t)status);

    on_interrupt(VECTOR_PIC, record_and_end);
    pit_periodic(50);
    pic_mask(0xfffe);
    uint64_t count = count_in_500_ms(VECTOR_PIC, 25);
    pic_mask(0xffff);
    check("pit.rate", about(count, 25), "interrupts_in_500_ms=%u expected=25", count);
    apic_write(APIC_LVT_LINT0, 1u << 16);
}
