/** Places a kernel in guest memory: Linux boot protocol, ELF with a PVH entry, multiboot 1. */
package org.interposer.core.boot;
