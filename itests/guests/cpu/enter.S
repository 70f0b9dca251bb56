/* enter() and the one handler of all 256 vectors; see cpu.h. */
    .section .text
    .code64
    .globl enter
enter:
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsp, saved_rsp
    movb    $1, entered
    pushq   152(%rdi)               /* ss, rsp, rflags, cs, rip */
    pushq   144(%rdi)
    pushq   136(%rdi)
    pushq   128(%rdi)
    pushq   120(%rdi)
    movq    (%rdi), %rax
    movq    8(%rdi), %rbx
    movq    16(%rdi), %rcx
    movq    24(%rdi), %rdx
    movq    32(%rdi), %rsi
    movq    48(%rdi), %rbp
    movq    56(%rdi), %r8
    movq    64(%rdi), %r9
    movq    72(%rdi), %r10
    movq    80(%rdi), %r11
    movq    88(%rdi), %r12
    movq    96(%rdi), %r13
    movq    104(%rdi), %r14
    movq    112(%rdi), %r15
    movq    40(%rdi), %rdi
    .globl enter_iret
enter_iret:
    iretq

/* A frame without error code gets a zero in its place. */
    .balign 16
    .globl cpu_stubs
cpu_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if (vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && (vector != 13) && (vector != 14) && (vector != 17) && (vector != 21) && (vector != 29) && (vector != 30)
    pushq   $0
    .endif
    pushq   $vector
    jmp     arrived
    .set vector, vector + 1
    .endr

arrived:
    cmpb    $0, entered
    je      unexpected
    movb    $0, entered
    movq    %rax, event
    popq    event + 160
    popq    event + 168
    movq    %rsp, event + 192
    popq    event + 120
    popq    event + 128
    popq    event + 136
    popq    event + 144
    popq    event + 152
    movq    %rbx, event + 8
    movq    %rcx, event + 16
    movq    %rdx, event + 24
    movq    %rsi, event + 32
    movq    %rdi, event + 40
    movq    %rbp, event + 48
    movq    %r8, event + 56
    movq    %r9, event + 64
    movq    %r10, event + 72
    movq    %r11, event + 80
    movq    %r12, event + 88
    movq    %r13, event + 96
    movq    %r14, event + 104
    movq    %r15, event + 112
    movq    %cr2, %rax
    movq    %rax, event + 176
    movq    %dr6, %rax
    movq    %rax, event + 184
    movl    %cs, %eax
    movq    %rax, event + 200
    movl    $0x10, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    cld
    movq    saved_rsp, %rsp
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    movq    event + 160, %rax
    ret

/* Outside a check: the reporter of the common code, which ends the guest. */
unexpected:
    movq    %rsp, %rdi
    andq    $~15, %rsp
    call    exception_report
1:  hlt
    jmp     1b

    .section .bss
    .balign 16
    .globl event
event:
    .skip   208
saved_rsp:
    .skip   8
entered:
    .skip   8

    .section .note.GNU-stack, "", @progbits
