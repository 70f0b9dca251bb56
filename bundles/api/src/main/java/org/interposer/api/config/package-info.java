/** Values as people write them in configurations and commands: sizes with units. */
@Export
@Version("1.0.0")
package org.interposer.api.config;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
