package org.interposer.frontend.virtio.rng;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of an entropy device. */
@ObjectClassDefinition(
        name = "Interposer virtio-rng device",
        description = "A virtio entropy device of a machine.")
@interface RngConfig {
    @AttributeDefinition(description = "Name of the machine it belongs to.")
    String machine();

    @AttributeDefinition(description = "Its id, unique in the machine.")
    String id() default "rng0";

    @AttributeDefinition(
            description = "Most bytes it gives in a period; 0 for no limit.",
            min = "0")
    long maxBytes() default 0;

    @AttributeDefinition(description = "Length of a period in milliseconds.", min = "1")
    int periodMs() default 1000;

    @AttributeDefinition(
            description = "PCI device number; -1 for the next free one.",
            min = "-1",
            max = "31")
    int pciSlot() default -1;
}
