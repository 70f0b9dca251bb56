/**
 * Compares two ways of running user-mode instruction sequences, the real processor and the software
 * CPU.
 *
 * <pre>
 *   generate.CaseGenerator ──▶ Case ──▶ UserCpu (NativeOracle) ──▶ Result ─┐
 *                                └────▶ UserCpu (software)     ──▶ Result ─┴▶ Comparison ─▶ Shrinker ─▶ Report
 * </pre>
 */
package org.interposer.itests.differential;
