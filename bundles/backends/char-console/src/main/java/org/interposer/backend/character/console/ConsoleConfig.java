package org.interposer.backend.character.console;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration of a console. */
@ObjectClassDefinition(
        name = "Interposer console",
        description = "A character back-end with history that people attach to.")
@interface ConsoleConfig {
    @AttributeDefinition(description = "Its id, which front-ends name.")
    String id();

    @AttributeDefinition(
            description = "Bytes of output kept for those who attach later.",
            min = "4096",
            max = "67108864")
    int historyBytes() default 262_144;

    @AttributeDefinition(
            description = "File that all output is appended to; empty for none.",
            required = false)
    String logFile() default "";
}
