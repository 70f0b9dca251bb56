/**
 * The I/O bus of a machine.
 *
 * <pre>
 * map / close (any thread, one at a time) → list of placements → flattened {@code RangeTable}, published volatile
 * vCPU read / write ─→ DoorbellTable (writes only) ─hit→ IoEvent.signal
 *                   └→ RangeTable: binary search over disjoint spans ─→ IoHandler
 * </pre>
 *
 * <p>Both tables are immutable: a change makes new ones, so that an access takes no lock and never
 * sees half a change.
 */
package org.interposer.core.iobus;
