/**
 * The benchmark command: machines here and under QEMU with the same guest, alternating, and chain
 * changes under load.
 *
 * <pre>
 * bench:run → ExitBench, DiskBench, PauseBench, MipsBench, BootBench → Row* → Report → text, JSON
 * </pre>
 */
package org.interposer.tool.bench;
