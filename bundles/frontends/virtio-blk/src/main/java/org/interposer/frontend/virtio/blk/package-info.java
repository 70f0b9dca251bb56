/**
 * The virtio block device (virtio 1.2 §5.2).
 *
 * <pre>
 * request queue → BlkQueue.serve → BlkParser → BlockPort.submit → chain
 *                     ↑   (on hold: back into the guest's ring)      │
 *   status byte, used ring, interrupt ← CompletedRequests ←──────────┘
 * </pre>
 *
 * <p>The rooms: registers ({@code BlkRegisters}), rings ({@code BlkQueue}, {@code BlkParser}),
 * state ({@code VirtioBlk.save}), metrics ({@code BlkMetrics}).
 */
package org.interposer.frontend.virtio.blk;
