/** ACPI tables made from the real topology of a machine (ACPI 6.x). */
@Export
@Version("1.0.0")
package org.interposer.api.acpi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
