/** MMX and SSE to SSE4.2 as operations, and the x87 instructions over {@code fp.X87}. */
package org.interposer.engine.softcpu.simd;
