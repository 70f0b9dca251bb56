/**
 * Debug console and debug exit: the two ports through which a bare-metal guest talks.
 *
 * <pre>
 * out 0xE9 → DebugConsole (whole lines, or what is there after 20 ms) → CharacterBackend
 * out 0xF4 → DebugExit → MachineRequest.Exit((value &lt;&lt; 1) | 1)
 * </pre>
 */
package org.interposer.frontend.debug;
