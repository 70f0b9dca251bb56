package org.interposer.core.machine;

import java.util.List;
import org.interposer.api.machine.MachineException;

/** Where a machine gets the services it is made of. */
interface Parts {
    /**
     * A service; waits for it a few seconds.
     *
     * @param bundle symbolic name of the bundle that usually has it, for the message
     * @param undo where its release is noted
     * @throws MachineException when there is none
     */
    <T> T require(Class<T> type, String bundle, UndoStack undo) throws MachineException;

    /** All services of a type, the highest ranking first. */
    <T> List<T> all(Class<T> type, UndoStack undo);
}
