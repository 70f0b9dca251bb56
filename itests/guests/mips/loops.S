# Loops whose number of instructions is known. Each: long loop(long turns, void *memory, ...), System V calling convention.

        .text
        .macro  loop name
        .globl  \name
        .p2align 4
\name:
        .endm

# Load, add, store, compare; 10 instructions a turn, memory 8 KiB.
        loop    loop_mix
        xorl    %eax, %eax
        xorl    %ecx, %ecx
        xorl    %edx, %edx
1:      movq    (%rsi,%rcx,8), %rax
        addq    %rdi, %rax
        movq    %rax, (%rsi,%rcx,8)
        addq    $1, %rcx
        andl    $1023, %ecx
        cmpq    %rax, %rdx
        setb    %r8b
        addq    %r8, %rdx
        decq    %rdi
        jnz     1b
        ret

# Shifts, exclusive or, multiplication; 12 instructions a turn.
        loop    loop_hash
        movl    $1, %eax
        movl    $0x9e3779b1, %r8d
1:      movq    %rax, %rdx
        shlq    $13, %rdx
        xorq    %rdx, %rax
        movq    %rax, %rdx
        shrq    $7, %rdx
        xorq    %rdx, %rax
        movq    %rax, %rdx
        shlq    $17, %rdx
        xorq    %rdx, %rax
        imulq   %r8, %rax
        decq    %rdi
        jnz     1b
        ret

# Loads from random places of 16 MiB; 8 instructions a turn.
        loop    loop_random
        movl    $1, %eax
        movabsq $6364136223846793005, %r8
        movabsq $1442695040888963407, %r9
1:      imulq   %r8, %rax
        addq    %r9, %rax
        movq    %rax, %rdx
        shrq    $40, %rdx
        andl    $0xfffff8, %edx
        addq    (%rsi,%rdx), %rcx
        decq    %rdi
        jnz     1b
        ret

# Sums 2 MiB from end to end, again and again; 5 instructions a turn.
        loop    loop_sequential
        xorl    %eax, %eax
        xorl    %edx, %edx
1:      addq    (%rsi,%rdx), %rax
        leal    8(%rdx), %edx
        andl    $0x1fffff, %edx
        decq    %rdi
        jnz     1b
        ret

# Fibonacci number by recursion: a leaf is 4 instructions, another call 12.
        loop    loop_fib
        cmpq    $2, %rdi
        jb      1f
        pushq   %rdi
        subq    $1, %rdi
        call    loop_fib
        popq    %rdi
        pushq   %rax
        subq    $2, %rdi
        call    loop_fib
        popq    %rdx
        addq    %rdx, %rax
        ret
1:      movq    %rdi, %rax
        ret

# Multiplies a number of 128 words by one word and adds it to another; 11 instructions a turn.
        loop    loop_addmul
        movabsq $0xfedcba9876543211, %r8
        leaq    1024(%rsi), %r10
        xorl    %r9d, %r9d
        xorl    %ecx, %ecx
1:      movq    (%rsi,%rcx,8), %rax
        mulq    %r8
        addq    %r9, %rax
        adcq    $0, %rdx
        addq    %rax, (%r10,%rcx,8)
        adcq    $0, %rdx
        movq    %rdx, %r9
        addl    $1, %ecx
        andl    $127, %ecx
        decq    %rdi
        jnz     1b
        ret

# Strikes out as a sieve does, with growing strides over 64 KiB; 6 instructions a turn.
        loop    loop_sieve
        xorl    %edx, %edx
        movl    $3, %ecx
1:      movb    $0, (%rsi,%rdx)
        addl    %ecx, %edx
        movzwl  %dx, %edx
        addl    $2, %ecx
        decq    %rdi
        jnz     1b
        ret

# Calls one of eight functions through a table; 7 instructions a turn.
        loop    loop_indirect
        leaq    table(%rip), %r8
        xorl    %eax, %eax
        xorl    %edx, %edx
1:      addl    $5, %edx
        andl    $7, %edx
        call    *(%r8,%rdx,8)
        decq    %rdi
        jnz     1b
        ret
        .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
target\n:
        addq    $\n, %rax
        ret
        .endr

# Calls functions at random, out of as many as the mask says; 9 instructions a turn besides the function's own.
# rdi: turns, rsi: data, rdx: table of functions, ecx: mask
        loop    loop_calls
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        movq    %rdx, %rbx
        movl    %ecx, %r12d
        movl    $1, %ebp
1:      imull   $1664525, %ebp, %ebp
        addl    $1013904223, %ebp
        movl    %ebp, %r9d
        shrl    $12, %r9d
        andl    %r12d, %r9d
        movq    (%rbx,%r9,8), %r9
        call    *%r9
        decq    %rdi
        jnz     1b
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret

# Calls every function of a table once; 4 instructions a function besides its own. rdi: number, rsi: data, rdx: table
        loop    loop_each
        pushq   %rbx
        movq    %rdx, %rbx
1:      call    *(%rbx)
        addq    $8, %rbx
        decq    %rdi
        jnz     1b
        popq    %rbx
        ret

        .section .rodata
        .p2align 3
table:  .quad   target0, target1, target2, target3, target4, target5, target6, target7
