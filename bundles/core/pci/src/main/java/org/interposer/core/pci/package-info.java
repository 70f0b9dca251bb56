/**
 * The PCI bus of a machine: i440FX host bridge, PIIX3 ISA bridge, and the functions of the
 * front-ends.
 *
 * <pre>
 * ports 0xCF8–0xCFF, ECAM → I440fxHost → BusFunction ─→ ConfigSpace   (write masks)
 *                                            ├→ BarDecoder            (IoBus: handlers, doorbells)
 * front-end: setIntx    → PirqRouter ────────┤                        (PIRQRC → IrqLine)
 * front-end: signalMsix → MsixTable ─────────┘                        (mask, PBA → MsiRoute)
 * </pre>
 *
 * <p>Locks, outer first: host (which functions there are) → function (its configuration) → router
 * (INTx levels). Signalling MSI-X takes none.
 */
package org.interposer.core.pci;
