/**
 * The interrupt controllers in user space: 8259 pair, I/O APIC and local APICs.
 *
 * <pre>
 * IrqLine.set → GsiLine (OR of its inputs) ─┬→ PicPair ── INTR ──→ LINT0 of each Apic ─┐
 *                                           └→ IoApic ─→ message ─┐                    ├→ ApicVectors (IRR) → kick
 * MsiRoute.signal ──────────────────────────────────────→ ApicBus ┴→ Apic.accept ──────┘
 * ICR write of a vCPU ──────────────────────────────────↗          (split mode: host.deliver instead)
 *
 * vCPU thread: hasInterrupt → acknowledge (IRR → ISR) → guest → EOI → IoApic.endOfInterrupt if level
 * </pre>
 *
 * <p>Threads. A local APIC has no lock on its interrupt path: any thread sets IRR bits with
 * compare-and-set and then a summary bit; the vCPU's thread polls the summary with one volatile
 * read, and it alone writes ISR, TPR and PPR. PIC and I/O APIC have a monitor each, held for a few
 * register operations. Order: GsiLine → PicPair or IoApic → local APIC; nothing calls back up,
 * except that an EOI of a level-triggered vector enters the I/O APIC from the vCPU's thread with no
 * lock held.
 */
package org.interposer.core.irqchip;
