package org.interposer.frontend.testdev;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of the test device. */
@ObjectClassDefinition(
        name = "Interposer test device",
        description = "Interrupt lines, latches and MMIO scratch memory for tests of an engine.")
@interface TestdevConfig {
    @AttributeDefinition(description = "Name of the machine it belongs to.")
    String machine();

    @AttributeDefinition(description = "Its id, unique in the machine.")
    String id() default "testdev0";
}
