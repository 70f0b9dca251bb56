package org.interposer.core.iobus;

import org.interposer.api.bus.Doorbell;
import org.interposer.api.bus.DoorbellAccelerator;

/** A doorbell on the bus and whether an accelerator has it. Guarded by the bus. */
final class PlacedDoorbell {
    private final Doorbell doorbell;
    private boolean assigned;

    PlacedDoorbell(Doorbell doorbell) {
        this.doorbell = doorbell;
    }

    Doorbell doorbell() {
        return doorbell;
    }

    void offerTo(DoorbellAccelerator accelerator) {
        assigned = accelerator.assign(doorbell);
    }

    void takeBackFrom(DoorbellAccelerator accelerator) {
        if (assigned) {
            assigned = false;
            accelerator.unassign(doorbell);
        }
    }
}
