package org.interposer.frontend.i8042;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of the keyboard controller. */
@ObjectClassDefinition(
        name = "Interposer keyboard controller",
        description = "The i8042 of a machine: reset line and A20 gate; no keyboard.")
@interface I8042Config {
    @AttributeDefinition(description = "Name of the machine it belongs to.")
    String machine();

    @AttributeDefinition(description = "Its id, unique in the machine.")
    String id() default "i8042";
}
