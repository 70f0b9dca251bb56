package org.interposer.core.machine;

import java.util.List;
import org.interposer.api.frontend.Frontend;
import org.interposer.api.machine.MachineException;

/** Where a machine finds its configured devices. */
interface FrontendSource {
    /**
     * All configured devices, by id; waits a bounded time for those that are not there yet.
     *
     * @throws MachineException naming what did not come, and its bundle
     */
    List<Frontend> awaitConfigured() throws MachineException;

    /** Ids of the devices that are there now. */
    List<String> present();
}
