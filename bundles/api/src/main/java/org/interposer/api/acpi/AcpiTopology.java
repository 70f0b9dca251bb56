package org.interposer.api.acpi;

import java.util.OptionalLong;

/**
 * What the tables describe.
 *
 * @param cpus vCPUs; APIC id = index
 * @param ecam base of the memory-mapped configuration space, empty when it is off
 * @param pmBase first port of the ACPI PM1a event block (PM1a event +0, control +4, PM timer +8)
 * @param sciGsi interrupt of the SCI
 * @param mmioStart start of the PCI window for BARs
 * @param mmioEnd end (exclusive) of that window
 * @param serialPort first port of a 16550 to describe, 0 for none
 */
public record AcpiTopology(
        int cpus,
        OptionalLong ecam,
        int pmBase,
        int sciGsi,
        long mmioStart,
        long mmioEnd,
        int serialPort) {
    /** Where the power-management block is on every machine. */
    public static final int PM_BASE = 0x600;

    /** The SCI's interrupt on every machine. */
    public static final int SCI_GSI = 9;

    /** SLP_TYP value of S5 in the DSDT. */
    public static final int SLEEP_TYPE_S5 = 5;

    /** Reset register of every machine: port, and the value that resets. */
    public static final int RESET_PORT = 0xCF9, RESET_VALUE = 6;
}
