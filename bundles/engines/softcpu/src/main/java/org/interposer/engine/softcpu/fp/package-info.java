/**
 * Floating-point arithmetic of x86, exact to the last bit and flag, without allocation.
 *
 * <pre>
 * raw bits → Float32, Float64, Convert (SSE; Java's own arithmetic where it is exact)
 *          ↘ 80-bit encoding → Arithmetic … → Round → Format.pack → raw bits, FloatStatus.raised
 * X87      ↗ (registers, tags, status; takes the same path with Format.EXTENDED)
 * </pre>
 */
package org.interposer.engine.softcpu.fp;
