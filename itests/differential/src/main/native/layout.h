/*
 * What the oracle and its Java side (Layout.java, NativeOracle.java) agree on: the addresses a case sees, and the records
 * in the shared file. All integers are little-endian.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

/* What a case sees. Between and around these ranges nothing is mapped. */
#define DATA 0x10000000
#define DATA_SIZE 0x2000
#define READ_ONLY (DATA + DATA_SIZE)
#define READ_ONLY_SIZE 0x1000
#define STACK 0x11000000
#define STACK_SIZE 0x1000
#define EXIT_PAGE 0x1ffff000
#define CODE 0x20000000
#define CODE_SIZE 0x10000
/* The part of the data that every case fills anew; it straddles the two pages. */
#define WINDOW 0x10000f80
#define WINDOW_SIZE 256

/* Shared file: the initial contents of data, read-only page and stack; then cases; then results. */
#define PATTERN_SIZE (DATA_SIZE + READ_ONLY_SIZE + STACK_SIZE)
#define CODE_MAX 128
#define CHANGES 64

#define CASE_GPR 0
#define CASE_FLAGS 128
#define CASE_RIP 136
#define CASE_CODE 160
#define CASE_WINDOW 288
#define CASE_FX 544
#define CASE_BYTES 1088

#define RESULT_GPR 0
#define RESULT_FLAGS 128
#define RESULT_RIP 136
#define RESULT_TRAP 144
#define RESULT_ERROR 148
#define RESULT_CR2 152
#define RESULT_CHANGES 160
#define RESULT_HASH 168
#define RESULT_FX 176
#define RESULT_CHANGE 688
#define RESULT_BYTES (RESULT_CHANGE + 16 * CHANGES)

/* Values of RESULT_TRAP that are no exception vector. */
#define TRAP_NONE 0xffffffff  /* the code reached the exit page */
#define TRAP_RUNAWAY 0xfffffffe
#define TRAP_SYSCALL 0xfffffffd

#endif
