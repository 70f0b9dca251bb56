package org.interposer.tool.shell;

import java.util.List;

/** The services a command works with; held until it is closed. */
interface Services extends AutoCloseable {
    /** All services of a type. */
    default <T> List<T> all(Class<T> type) {
        return all(type, "");
    }

    /** All services of a type whose properties fit a filter, which may be empty. */
    <T> List<T> all(Class<T> type, String filter);

    @Override
    void close();

    /** Opens them for one command. */
    @FunctionalInterface
    interface Source {
        /** Services, to be closed after the command. */
        Services open();
    }
}
