package org.interposer.api.engine;

/** What a trace shows. */
public enum TraceKind {
    /** Each instruction before it executes. */
    INSTRUCTIONS,

    /** Exceptions and interrupts on their way to their handlers. */
    EXCEPTIONS,

    /** Accesses to ports and to memory that is a device's. */
    IO
}
