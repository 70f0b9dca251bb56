/**
 * Versioned, self-describing records of front-ends, engines and machines, for suspend, migration
 * and live upgrade.
 *
 * <p>A record names its type and version; its fields are named values. A reader that meets a newer
 * version than it knows refuses it with an error that names the record and both versions.
 */
@Export
@Version("1.0.0")
package org.interposer.api.state;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
