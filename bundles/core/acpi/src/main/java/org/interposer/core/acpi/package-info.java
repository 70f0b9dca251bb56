/**
 * ACPI tables made from the real topology of a machine, and the registers behind power-off and
 * reset.
 */
package org.interposer.core.acpi;
