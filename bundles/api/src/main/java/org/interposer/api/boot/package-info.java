/** Putting a kernel into guest memory: Linux boot protocol, ELF with PVH note, multiboot 1. */
@Export
@Version("1.0.0")
package org.interposer.api.boot;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
