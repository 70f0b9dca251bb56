package org.interposer.frontend.debug;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of the debug ports. */
@ObjectClassDefinition(
        name = "Interposer debug ports",
        description = "Debug console and debug exit of a machine.")
@interface DebugConfig {
    @AttributeDefinition(description = "Name of the machine they belong to.")
    String machine();

    @AttributeDefinition(description = "Their id, unique in the machine.")
    String id() default "debug0";

    @AttributeDefinition(
            description = "I/O port of the debug console; 233 is 0xE9. 0 for no debug console.",
            min = "0",
            max = "65535")
    int consolePort() default 0xE9;

    @AttributeDefinition(
            description = "First of the four I/O ports of the debug exit; 244 is 0xF4. 0 for none.",
            min = "0",
            max = "65532")
    int exitPort() default 0xF4;

    @AttributeDefinition(
            description =
                    "Id of the character back-end that gets the console's bytes; they are dropped"
                            + " while there is none.")
    String console() default "";
}
