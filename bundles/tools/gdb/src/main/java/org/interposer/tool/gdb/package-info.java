/**
 * The gdb stub: the server's side of gdb's remote serial protocol (GDB manual, appendix E) over one
 * machine's {@link org.interposer.api.machine.MachineDebug}.
 *
 * <pre>
 * gdb ── TCP ── Packets ── Session ── Registers ── MachineDebug
 *                             └────── VirtualMemory ── GuestMemory
 * </pre>
 */
package org.interposer.tool.gdb;
