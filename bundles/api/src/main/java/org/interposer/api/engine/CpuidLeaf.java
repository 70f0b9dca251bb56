package org.interposer.api.engine;

/**
 * One answer of CPUID.
 *
 * @param function EAX in
 * @param index ECX in; −1 when the leaf has no sub-leaves
 */
public record CpuidLeaf(int function, int index, int eax, int ebx, int ecx, int edx) {}
