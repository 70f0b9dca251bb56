/**
 * The keyboard controller, without a keyboard, and fast A20/reset.
 *
 * <pre>
 * ports 0x60, 0x64 → Controller ─→ IRQ 1
 * port 0x92 ────────→ Controller ─→ MachineRequest.Reset
 * </pre>
 */
package org.interposer.frontend.i8042;
