/**
 * The port: admission, in-flight accounting, hold, drain and the atomic swap of a chain.
 *
 * <pre>
 * front-end → Port.submit → [RequestGate] → top → Link → … → back-end
 *                 ↑                                             │
 *                 └── completed: OK, IO_ERROR → front-end ← ────┘
 *                              LOST → kept, chain reopened, issued again
 *
 * operator → PortControl ──┐               ┌ prepare: open what is new
 * several  → Transactions ─┴→ ChangeRunner ┤ hold → drain → flush → switch → release
 *                                          └ close what is old
 * OSGi → OsgiStages → Recovery: stage gone: hold → drain → flush → close → wait; back: reopen
 * </pre>
 *
 * <p>One lock a port orders everything that changes its chain; the way of a request knows only the
 * gate. The chain is written while nothing is in flight and read after entering the gate, so its
 * links need no memory ordering of their own.
 */
package org.interposer.core.port;
