/**
 * Byte streams: consoles, serial lines, debug ports.
 *
 * <pre>
 * front-end → CharacterBackend.write → console hub, log file …
 * front-end ← CharacterInput.input   ← keyboard of an attached user
 * </pre>
 */
@Export
@Version("1.0.0")
package org.interposer.api.character;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
