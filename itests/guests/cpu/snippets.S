/* Short pieces of code for enter(). Those in compatibility mode are found below 64 KiB, where CPL 3 and 16 bits reach. */
    .macro snippet name
    .balign 16
    .globl \name
\name:
    .endm
    .macro label name
    .globl \name
\name:
    .endm

    .section .text
    .code64
snippet done
    int     $0x80
snippet load_rdi
    movq    (%rdi), %rax
    int     $0x80
snippet store_rdi
    movq    %rax, (%rdi)
    int     $0x80
snippet add_rdi
    addq    $1, (%rdi)
    int     $0x80
snippet jump_rdi
    jmp     *%rdi
snippet divide
    nop
label divide_at
    divq    %rcx
    int     $0x80
snippet int3_code
    int3
label int3_after
    int     $0x80
snippet undefined
    ud2
snippet int_40
    int     $0x40
label int_40_after
    int     $0x80
snippet icebp
    .byte   0xf1
label icebp_after
    int     $0x80
snippet noncanonical
    movq    (%rdi), %rax
    int     $0x80
snippet privileged_hlt
    hlt
    int     $0x80
snippet privileged_cli
    cli
    int     $0x80
snippet privileged_cr0
    movq    %cr0, %rax
    int     $0x80
snippet privileged_in
    inb     $0x80, %al
    int     $0x80
snippet iret64
    nop
label iret64_at
    iretq
snippet lret64
    lretq
snippet ljmp64
    ljmpl   *(%rdi)
snippet lcall64
    lcalll  *(%rdi)
label lcall64_after
    int     $0x80
snippet load_ds
    movl    %eax, %ds
    int     $0x80
snippet load_ss
    movl    %eax, %ss
    int     $0x80
snippet load_fs
    movl    %eax, %fs
    int     $0x80
snippet load_ltr
    ltr     %ax
    int     $0x80
snippet load_lldt
    lldt    %ax
    int     $0x80
snippet load_idt
    lidt    (%rdi)
    int     $0x80
/* An interrupt is pending: it comes after the instruction that follows STI. */
snippet sti_shadow
    sti
    nop
label sti_shadow_second
    nop
    int     $0x80
/* With TF set: the trap that MOV SS delays comes after the next instruction. */
snippet ss_shadow
    movl    %eax, %ss
    nop
label ss_shadow_after
    nop
    int     $0x80
snippet popf_code
    popfq
    pushfq
    popq    %rax
    int     $0x80
snippet pushf_code
    pushfq
    popq    %rax
    int     $0x80
snippet syscall_code
    syscall
label syscall_after
    int     $0x80
snippet syscall_target
    pushfq
    popq    %rax
    int     $0x80
snippet sysret64
    sysretq
snippet sysret32
    sysretl
snippet sysenter_code
    sysenter
snippet sysexit64
    .byte   0x48
    sysexit
snippet swapgs_code
    swapgs
    int     $0x80
snippet rdmsr_code
    rdmsr
    int     $0x80
snippet wrmsr_code
    wrmsr
    int     $0x80
snippet write_cr0_code
    movq    %rax, %cr0
    int     $0x80
snippet write_cr3_code
    movq    %rax, %cr3
    int     $0x80
snippet write_cr4_code
    movq    %rax, %cr4
    int     $0x80
snippet write_cr8_code
    movq    %rax, %cr8
    int     $0x80
snippet read_dr4_code
    movq    %dr4, %rax
    int     $0x80
snippet read_dr7_code
    movq    %dr7, %rax
    int     $0x80
snippet write_dr7_code
    movq    %rax, %dr7
    int     $0x80
snippet write_dr6_code
    movq    %rax, %dr6
    int     $0x80
snippet steps
    nop
label step1
    movq    $5, %rax
label step2
    movq    %rax, (%rdi)
label step3
    movq    (%rdi), %rbx
    int     $0x80
snippet rep_movs
    rep movsb
label rep_movs_after
    int     $0x80
snippet read_gs
    movq    %gs:0, %rax
    int     $0x80
snippet unaligned
    movl    1(%rdi), %eax
    int     $0x80
snippet push_rsp
    pushq   %rax
    int     $0x80
snippet verify
    xorl    %ebx, %ebx
    verr    %ax
    setz    %bl
    verw    %ax
    setz    %bh
    int     $0x80
snippet lar_lsl
    xorl    %ebx, %ebx
    xorl    %edx, %edx
    larl    %eax, %ecx
    setz    %bl
    lsll    %eax, %edx
    setz    %bh
    int     $0x80
/* Changes the instruction that comes next. */
snippet smc_same
    movl    %eax, smc_imm + 1(%rip)
label smc_imm
    movl    $0, %ebx
    int     $0x80
/* Runs a loop whose body it changes each time round. */
snippet smc_loop
    xorl    %ebx, %ebx
    movl    $100, %ecx
1:
label smc_loop_imm
    addl    $0x11111111, %ebx
    movl    %ecx, smc_loop_imm + 2(%rip)
    decl    %ecx
    jnz     1b
    int     $0x80
snippet clac_stac
    stac
    movq    (%rdi), %rax
    clac
    int     $0x80
snippet fpu_code
    fld1
    int     $0x80
snippet sse_code
    xorps   %xmm0, %xmm0
    int     $0x80
snippet wait_code
    fwait
    int     $0x80
snippet lock_undefined
    .byte   0xf0, 0x90
    int     $0x80
/* Sixteen bytes: one too many. */
snippet long_nops
    .fill   15, 1, 0x66
    nop
    int     $0x80
snippet sidt_code
    sidt    (%rdi)
    int     $0x80
snippet rdtsc_code
    rdtsc
    int     $0x80

    .code32
snippet code32_add
    addl    %ebx, %eax
    int     $0x80
snippet code32_load
    movl    (%edi), %eax
    int     $0x80
snippet code32_push
    pushl   %eax
    popl    %ebx
    pushw   %ax
    int     $0x80
/* 0x40 is INC here and a prefix in 64-bit mode. */
snippet code32_inc
    incl    %eax
    incl    %eax
    int     $0x80
snippet code32_far64
    ljmp    $0x23, $done
snippet code32_int3
    int3
    int     $0x80
snippet into_code
    addb    $0x70, %al
label into_at
    into
    int     $0x80
snippet code32_aaa
    aaa
    daa
    int     $0x80
snippet code32_bound
    bound   %eax, %ss:(%edi)
    int     $0x80
snippet code32_limit_store
    movl    %eax, %es:(%edi)
    int     $0x80
snippet code32_store_ss
    movl    %eax, %ss:(%edi)
    int     $0x80
snippet code32_iret
    iret
snippet code32_arpl
    arpl    %bx, %ax
    setz    %cl
    int     $0x80
    .code16
snippet code16_add
    addw    %bx, %ax
    addl    %ebx, %edx
    int     $0x80
    .section .note.GNU-stack, "", @progbits
