/**
 * The 16550A serial port a guest sees as its console.
 *
 * <pre>
 * vCPU: out 3F8 → Uart16550 → CharacterBackend.write → console, log
 * vCPU: in 3F8  ← receive FIFO ← CharacterInput.input ← console
 *                     │
 *                     └→ pending conditions → IrqLine (ISA IRQ 4)
 * </pre>
 *
 * <p>Transmission takes no time: the transmitter is always empty, so a guest never polls it.
 */
package org.interposer.frontend.serial;
