/**
 * Makes cases from a seed.
 *
 * <pre>
 *   forms.txt ──▶ FormTable ──▶ Form ──▶ CaseGenerator ──▶ StateMaker  (registers, flags, x87, SSE)
 *                                              └─────────▶ Encoder     (bytes, addresses, prefixes)
 * </pre>
 */
package org.interposer.itests.differential.generate;
