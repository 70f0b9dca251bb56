/*
 * Entry of every bare-metal guest.
 *
 * PVH (xen/docs/misc/pvh.pandoc): 32-bit protected mode, paging off, EBX = hvm_start_info. From there:
 * identity-mapped long mode, GDT, IDT, TSS, then guest_main() at the privilege level the guest asks
 * for with `guest_cpl`. As little as possible runs at CPL 0: some KVMs interpret it instruction by
 * instruction.
 *
 * Selectors: 0x08 code CPL 0, 0x10 data CPL 0, 0x1b data CPL 3, 0x23 code CPL 3, 0x28 TSS.
 */

#define PTE_TABLE 0x07 /* present, writable, user */
#define PTE_LARGE 0x87 /* the same, page size bit */
#define IDT_KERNEL_GATE 0x8e00
#define TSS_BYTES (104 + 8192 + 1) /* with a bitmap that permits every port at CPL 3 */

    .section .note.Xen, "a", @note
    .balign 4
    .long 4                 /* name size */
    .long 8                 /* descriptor size */
    .long 18                /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .quad pvh_start

    .section .text.boot, "ax"
    .code32
    .globl pvh_start
pvh_start:
    cli
    cld
    movl    $kernel_stack_top, %esp
    movl    %ebx, %ebp
    xorl    %eax, %eax
    movl    $__bss_start, %edi
    movl    $__bss_words, %ecx
    rep stosl
    movl    %ebp, start_info_address
    movb    $0xff, %al              /* firmware may have left the PIT running: mask both PICs */
    outb    %al, $0xa1
    outb    %al, $0x21

    movl    $0x80000001, %eax
    cpuid
    testl   $(1 << 26), %edx        /* 1 GiB pages: the table below is ready as it stands */
    jnz     1f
    incl    maps_4_gib_only
    call    map_large_pages
1:
    movl    %cr4, %eax
    orl     $0x20, %eax             /* PAE */
    movl    %eax, %cr4
    movl    $page_map, %eax
    movl    %eax, %cr3
    movl    $0xc0000080, %ecx       /* EFER */
    rdmsr
    orl     $0x100, %eax            /* LME */
    wrmsr
    movl    %cr0, %eax
    andl    $~0x60000000, %eax      /* caching on */
    orl     $0x80000001, %eax       /* PG, PE */
    movl    %eax, %cr0
    lgdt    gdt_pointer
    ljmp    $0x08, $long_mode

/* Without 1 GiB pages: the first 4 GiB in 2 MiB pages. */
map_large_pages:
    movl    $page_directories, %edi
    movl    $PTE_LARGE, %eax
    movl    $2048, %ecx
2:  movl    %eax, (%edi)
    addl    $8, %edi
    addl    $0x200000, %eax
    loop    2b
    movl    $page_directories + PTE_TABLE, %eax
    movl    $page_directory_pointers, %edi
    movl    $4, %ecx
3:  movl    %eax, (%edi)
    addl    $0x1000, %eax
    addl    $8, %edi
    loop    3b
    ret

    .code64
long_mode:
    movl    $0x10, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    xorl    %eax, %eax
    movl    %eax, %fs
    movl    %eax, %gs
    movl    $kernel_stack_top, %esp

    movl    $gdt_tss, %edi          /* the TSS descriptor's base, which no relocation can split */
    movl    $tss, %eax
    movw    %ax, 2(%rdi)
    shrl    $16, %eax
    movb    %al, 4(%rdi)
    movb    %ah, 7(%rdi)
    movl    $kernel_stack_top, tss + 4      /* RSP0 */
    movw    $104, tss + 102                 /* where the bitmap starts */
    movb    $0xff, tss + TSS_BYTES - 1      /* its last byte must be all ones */

    movl    $idt, %edi
    movl    $exception_stubs, %esi
    movl    $32, %ecx
    call    fill_gates
    movl    $interrupt_stubs, %esi
    movl    $224, %ecx
    call    fill_gates
    movl    $invalid_opcode, %eax
    movw    %ax, idt + 16 * 6
    shrl    $16, %eax
    movw    %ax, idt + 16 * 6 + 6
    lidt    idt_pointer
    movl    $0x28, %eax
    ltr     %ax

    cmpl    $3, guest_cpl
    jne     4f
    pushq   $0x1b
    pushq   $user_stack_top - 8
    /* Interrupts on, IOPL 3. A KVM may drop the IOPL, and QEMU's emulated SVM ignores the bitmap of a TSS
       that is marked busy: each needs the other way of opening the ports. */
    pushq   $0x3202
    pushq   $0x23
    pushq   $guest_main
    iretq
4:  call    guest_main
5:  hlt
    jmp     5b

/* rdi: first gate, rsi: first stub (16 bytes each), ecx: count. */
fill_gates:
    movl    %esi, %eax
    movw    %ax, (%rdi)
    movw    $0x08, 2(%rdi)
    movw    $IDT_KERNEL_GATE, 4(%rdi)
    shrl    $16, %eax
    movw    %ax, 6(%rdi)
    addl    $16, %edi
    addl    $16, %esi
    loop    fill_gates
    ret

/* Exceptions 0-31: a frame with vector and error code, then the C reporter, which does not return. */
    .balign 16
exception_stubs:
    .set vector, 0
    .rept 32
    .balign 16
    .if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17) && (vector != 21) && (vector != 29) && (vector != 30)
    pushq   $0
    .endif
    pushq   $vector
    jmp     exception_common
    .set vector, vector + 1
    .endr

exception_common:
    movq    %rsp, %rdi
    andq    $~15, %rsp
    call    exception_report
6:  hlt
    jmp     6b

/* Vectors 32-255: counted; `interrupt_handler`, if set, runs in C, otherwise the local APIC gets its EOI. */
    .balign 16
interrupt_stubs:
    .set vector, 32
    .rept 224
    .balign 16
    pushq   %rax
    movl    $vector, %eax
    jmp     interrupt_common
    .set vector, vector + 1
    .endr

interrupt_common:
    incq    interrupt_count(, %rax, 8)
    cmpq    $0, interrupt_handler
    jne     7f
    movl    $0xfee000b0, %eax       /* local APIC, EOI register */
    movl    $0, (%rax)
    popq    %rax
    iretq
7:  pushq   %rcx
    pushq   %rdx
    pushq   %rsi
    pushq   %rdi
    pushq   %r8
    pushq   %r9
    pushq   %r10
    pushq   %r11
    cld
    movl    %eax, %edi
    call    *interrupt_handler
    popq    %r11
    popq    %r10
    popq    %r9
    popq    %r8
    popq    %rdi
    popq    %rsi
    popq    %rdx
    popq    %rcx
    popq    %rax
    iretq

/*
 * ring0(fn, a, b) from CPL 3: fn(a, b) at CPL 0 with interrupts off, the result in rax. Its UD2 is the way
 * in: not every KVM delivers INT n from CPL 3. An invalid opcode anywhere else is reported as such.
 */
    .balign 16
invalid_opcode:
    cmpq    $ring0, (%rsp)
    jne     8f
    addq    $2, (%rsp)
    movq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    call    *%rax
    iretq
8:  pushq   $0
    pushq   $6
    jmp     exception_common

    .globl ring0
ring0:
    ud2
    ret

    .section .data
    .balign 16
gdt:
    .quad   0
    .quad   0x00af9b000000ffff
    .quad   0x00cf93000000ffff
    .quad   0x00cff3000000ffff
    .quad   0x00affb000000ffff
gdt_tss:
    .quad   0x0000890000000000 + TSS_BYTES - 1
    .quad   0
gdt_end:
    .balign 8
    .word   0
    .globl gdt_pointer
gdt_pointer:
    .word   gdt_end - gdt - 1
    .quad   gdt
    .balign 8
    .word   0
    .word   0
    .word   0
    .globl idt_pointer
idt_pointer:
    .word   256 * 16 - 1
    .quad   idt
    .balign 4096
    .globl page_map
page_map:
    .quad   page_directory_pointers + PTE_TABLE
    .fill   511, 8, 0
    .globl page_directory_pointers
page_directory_pointers:
    .set gib, 0
    .rept 512
    .quad   (gib << 30) + PTE_LARGE
    .set gib, gib + 1
    .endr

    .section .bss
    .balign 4096
page_directories:
    .skip   4 * 4096
idt:
    .skip   256 * 16
    .balign 16
tss:
    .skip   (TSS_BYTES + 15) & ~15
kernel_stack:
    .skip   8192
kernel_stack_top:
user_stack:
    .skip   16384
user_stack_top:
    .globl interrupt_count
interrupt_count:
    .skip   256 * 8
    .globl interrupt_handler
interrupt_handler:
    .skip   8
    .globl start_info_address
start_info_address:
    .skip   8
    .globl maps_4_gib_only
maps_4_gib_only:
    .skip   8

    .section .note.GNU-stack, "", @progbits
