package org.interposer.frontend.serial;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of a serial port. */
@ObjectClassDefinition(
        name = "Interposer serial port",
        description = "A 16550A serial port of a machine.")
@interface SerialConfig {
    @AttributeDefinition(description = "Name of the machine it belongs to.")
    String machine();

    @AttributeDefinition(description = "Its id, unique in the machine.")
    String id() default "serial0";

    @AttributeDefinition(
            description = "First of its eight I/O ports; 1016 (0x3F8) is the first serial port.",
            min = "0",
            max = "65528")
    int port() default 0x3f8;

    @AttributeDefinition(description = "Its ISA interrupt.", min = "0", max = "15")
    int irq() default 4;

    @AttributeDefinition(
            description =
                    "Id of the character back-end its bytes go to; output is dropped while there"
                            + " is none.")
    String console() default "";
}
