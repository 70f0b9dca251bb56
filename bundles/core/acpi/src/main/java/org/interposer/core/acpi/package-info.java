/**
 * ACPI tables made from a machine's topology.
 *
 * <pre>
 * AcpiTopology → TableWriter ─→ RSDP, XSDT, FADT, FACS, MADT, MCFG ─→ guest memory from 0xE0000
 *                     └→ Dsdt → Aml (terms) + Resources (descriptors) ─↗
 * </pre>
 */
package org.interposer.core.acpi;
