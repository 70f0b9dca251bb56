/**
 * The terminal of a running container: an interactive shell, or one script.
 *
 * <pre>
 *   interposer.script set:  file -> ScriptRunner -> Gogo session -> exit status -> framework stops
 *   not set:            keyboard -> InteractiveShell (JLine) -> Gogo session -> result or error line
 * </pre>
 *
 * <p>A bundle brings completions for its commands in {@code OSGI-INF/shell/profile.gogo}, a Gogo
 * script that is run in every new session.
 */
package org.interposer.tool.terminal;
