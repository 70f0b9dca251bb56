/**
 * Interrupt lines, message-signalled interrupts and the interrupt controllers behind them.
 *
 * <p>A device sees only an {@link org.interposer.api.irq.IrqLine} or an {@link
 * org.interposer.api.irq.MsiRoute}. Which controllers stand behind it (in the kernel, split, or all
 * in user space) is one decision, {@link org.interposer.api.irq.IrqchipMode}, made per machine.
 *
 * <pre>
 * IrqLine.set ─→ InterruptController ─→ PIC / IOAPIC ─→ LocalApic ─→ engine injects
 * MsiRoute.signal ───────────────────────────────────↗
 * </pre>
 */
@Export
@Version("1.0.0")
package org.interposer.api.irq;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
