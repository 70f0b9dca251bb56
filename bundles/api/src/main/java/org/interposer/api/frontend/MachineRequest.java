package org.interposer.api.frontend;

/** What a device asks of its machine on the guest's behalf. */
public sealed interface MachineRequest {
    /** Reset everything (i8042, port 0xCF9, ACPI reset register). */
    record Reset(String cause) implements MachineRequest {}

    /** Power off (ACPI S5). */
    record PowerOff(String cause) implements MachineRequest {}

    /** End with an exit status (isa-debug-exit). */
    record Exit(int status) implements MachineRequest {}

    /** The device cannot go on; the machine stops with this message. */
    record Fail(String message) implements MachineRequest {}
}
