/*
 * Where an application processor starts: real mode, CS:IP = 0800:0000 (SIPI vector 8). It takes a number and
 * with it a stack, enters long mode with the tables of the first processor and calls ap_main(number).
 */
#define TRAMPOLINE 0x8000
#define AT(symbol) (TRAMPOLINE + symbol - trampoline)

    .section .rodata
    .globl trampoline
    .globl trampoline_end
    .balign 16
    .code16
trampoline:
    cli
    cld
    xorw    %ax, %ax
    movw    %ax, %ds
    lgdtl   AT(low_gdt_pointer)
    movl    %cr0, %eax
    orl     $1, %eax
    movl    %eax, %cr0
    ljmpl   $0x18, $AT(protected)

    .code32
protected:
    movl    $0x10, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    movl    %cr4, %eax
    orl     $0x20, %eax
    movl    %eax, %cr4
    movl    $page_map, %eax
    movl    %eax, %cr3
    movl    $0xc0000080, %ecx
    rdmsr
    orl     $0x100, %eax
    wrmsr
    movl    %cr0, %eax
    andl    $~0x60000000, %eax
    orl     $0x80000001, %eax
    movl    %eax, %cr0
    ljmp    $0x08, $AT(long_mode)

    .code64
long_mode:
    movl    $1, %edi
    lock xaddl %edi, ap_count
    movl    %edi, %eax
    incl    %eax
    shll    $12, %eax
    addl    $ap_stacks, %eax
    movl    %eax, %esp
    lgdt    gdt_pointer
    lidt    idt_pointer
    movl    $ap_main, %eax
    call    *%rax
1:  hlt
    jmp     1b

    .balign 8
low_gdt:
    .quad   0
    .quad   0x00af9b000000ffff      /* 0x08 code, 64-bit */
    .quad   0x00cf93000000ffff      /* 0x10 data */
    .quad   0x00cf9b000000ffff      /* 0x18 code, 32-bit */
low_gdt_pointer:
    .word   4 * 8 - 1
    .long   AT(low_gdt)
trampoline_end:

    .section .bss
    .balign 4096
    .globl ap_stacks
ap_stacks:
    .skip   8 * 4096
    .globl ap_count
ap_count:
    .skip   4

    .section .note.GNU-stack, "", @progbits
