/**
 * The shell commands over machines, chains, back-ends and engines.
 *
 * <pre>
 * vm:create ──→ MachinePlan ──→ ConfigBatch ──→ ConfigurationAdmin ──→ machine, devices, back-ends
 * vm:*      ──→ Machine                (services, held only while a command runs)
 * chain:*   ──→ BlockPortControl ──→ and the new chain into the front-end's configuration
 * </pre>
 *
 * <p>Every command explains itself with {@code --help}, and fails with one line that names the
 * thing and the way out.
 */
package org.interposer.tool.shell;
