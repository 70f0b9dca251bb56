/**
 * The engine {@code softcpu}: an x86-64 processor in Java, for hosts whose KVM is missing or cannot
 * run kernels.
 *
 * <pre>
 * SoftVcpu.run ─▶ Interpreter ─▶ Op ─▶ Op ─▶ …      interrupts, faults, kicks between operations
 *                     ▲ decode.Decoder ─▶ Insn ─▶ op.Operations (OpFactory)
 * cpu: registers, translation, decoded code      mem: guest RAM     sys: privileged part
 * op: integer     simd: MMX, SSE     fp: arithmetic, x87
 * </pre>
 */
package org.interposer.engine.softcpu;
