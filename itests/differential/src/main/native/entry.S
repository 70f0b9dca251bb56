/* Entry of the process, and the way into a case and out of it. Nothing here uses the case's stack. */
#include "layout.h"

    .text
    .globl _start
_start:
    xor %ebp, %ebp
    mov %rsp, %rdi
    and $-16, %rsp
    call oracle_main
    ud2

/* long raw_syscall(nr, a, b, c, d, e, f) */
    .globl raw_syscall
raw_syscall:
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    mov %rcx, %rdx
    mov %r8, %r10
    mov %r9, %r8
    mov 8(%rsp), %r9
    syscall
    ret

    .globl signal_restorer
signal_restorer:
    mov $15, %eax
    syscall

/* void run_case(const void *record): loads the state, jumps to the code; returns when it left through the exit page. */
    .globl run_case
run_case:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, own_rsp(%rip)
    fxrstor64 CASE_FX(%rdi)
    mov CASE_RIP(%rdi), %rax
    mov %rax, case_rip(%rip)
    movl $1, in_case(%rip)
    pushq CASE_FLAGS(%rdi)
    popfq
    mov CASE_GPR+0(%rdi), %rax
    mov CASE_GPR+8(%rdi), %rcx
    mov CASE_GPR+16(%rdi), %rdx
    mov CASE_GPR+24(%rdi), %rbx
    mov CASE_GPR+32(%rdi), %rsp
    mov CASE_GPR+40(%rdi), %rbp
    mov CASE_GPR+48(%rdi), %rsi
    mov CASE_GPR+64(%rdi), %r8
    mov CASE_GPR+72(%rdi), %r9
    mov CASE_GPR+80(%rdi), %r10
    mov CASE_GPR+88(%rdi), %r11
    mov CASE_GPR+96(%rdi), %r12
    mov CASE_GPR+104(%rdi), %r13
    mov CASE_GPR+112(%rdi), %r14
    mov CASE_GPR+120(%rdi), %r15
    mov CASE_GPR+56(%rdi), %rdi
    jmp *case_rip(%rip)

/* Where the exit page jumps to: only MOV before the flags are saved. */
    .globl case_exit
case_exit:
    movl $0, in_case(%rip)
    mov %rax, out_gpr+0(%rip)
    mov %rcx, out_gpr+8(%rip)
    mov %rdx, out_gpr+16(%rip)
    mov %rbx, out_gpr+24(%rip)
    mov %rsp, out_gpr+32(%rip)
    mov %rbp, out_gpr+40(%rip)
    mov %rsi, out_gpr+48(%rip)
    mov %rdi, out_gpr+56(%rip)
    mov %r8, out_gpr+64(%rip)
    mov %r9, out_gpr+72(%rip)
    mov %r10, out_gpr+80(%rip)
    mov %r11, out_gpr+88(%rip)
    mov %r12, out_gpr+96(%rip)
    mov %r13, out_gpr+104(%rip)
    mov %r14, out_gpr+112(%rip)
    mov %r15, out_gpr+120(%rip)
    mov own_rsp(%rip), %rsp
    pushfq
    popq out_flags(%rip)
    pushq $2
    popfq
    fxsave64 out_fx(%rip)
    ldmxcsr default_mxcsr(%rip)
    .globl case_leave
case_leave:
    mov own_rsp(%rip), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

/* Copied to the exit page. */
    .globl exit_stub
exit_stub:
    jmp *1f(%rip)
    .balign 8
1:  .quad case_exit
    .globl exit_stub_end
exit_stub_end:

    .section .rodata
    .balign 4
default_mxcsr:
    .long 0x1f80

    .bss
    .balign 16
    .globl out_fx, out_gpr, out_flags, own_rsp, in_case
out_fx:    .skip 512
out_gpr:   .skip 128
out_flags: .skip 8
own_rsp:   .skip 8
case_rip:  .skip 8
in_case:   .skip 4

    .section .note.GNU-stack,"",@progbits
