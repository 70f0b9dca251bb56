/**
 * Machines: definition by configuration, life cycle, and the assembly of engine, memory, buses and
 * devices.
 *
 * <pre>
 * configuration → MachineComponent → ControlledMachine (service Machine, one control thread)
 *                                          │ start
 *                 MachineBuild ────────────┤ memory, bus, clock, engine, irqchip, pci, devices,
 *                  (undo stack)            │ ACPI tables, kernel
 *                                          ↓
 *                                     MachineRun ── VcpuThread × n ── Vcpu.run → VcpuExit
 *                                          │                              │
 *                                      DeviceSet ← Frontend services      └→ requests to control
 * </pre>
 *
 * <p>Everything that changes a machine runs on its control thread. vCPU and device threads only
 * post requests to it.
 */
package org.interposer.core.machine;
