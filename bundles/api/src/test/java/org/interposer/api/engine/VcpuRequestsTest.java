package org.interposer.api.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class VcpuRequestsTest {
    private final VcpuRequests requests = new VcpuRequests();

    @Test
    void onlyTheFirstHasToWakeTheThread() {
        assertTrue(requests.ask(VcpuRequests.POKE));
        assertFalse(requests.ask(VcpuRequests.KICK));
        assertFalse(requests.startup(8));
        requests.take();
        assertFalse(requests.any());
        assertTrue(requests.startup(8));
    }

    @Test
    void initEndsTheEventsBeforeItAndLeavesTheRest() {
        requests.ask(VcpuRequests.KICK);
        requests.ask(VcpuRequests.NMI);
        requests.startup(8);
        requests.ask(VcpuRequests.INIT);
        assertEquals(VcpuRequests.KICK | VcpuRequests.INIT, requests.take());
    }

    @Test
    void twoNmisAreKeptAndThoseAfterThemLost() {
        assertEquals(0, VcpuRequests.nmis(VcpuRequests.KICK));
        requests.ask(VcpuRequests.NMI);
        assertEquals(1, VcpuRequests.nmis(requests.take()));
        for (int n = 0; n < 3; n++) {
            requests.ask(VcpuRequests.NMI);
        }
        int taken = requests.takeEvents();
        assertEquals(2, VcpuRequests.nmis(taken));
        assertEquals(0, requests.take());
        requests.ask(VcpuRequests.NMI);
        requests.ask(VcpuRequests.NMI);
        requests.ask(VcpuRequests.INIT);
        assertEquals(0, VcpuRequests.nmis(requests.take()));
    }

    @Test
    void theFirstStartupIsHeard() {
        requests.startup(8);
        requests.startup(0x17);
        assertEquals(8, VcpuRequests.vector(requests.take()));
    }

    @Test
    void eventsAreTakenWithoutKicksAndPokes() {
        requests.ask(VcpuRequests.KICK);
        requests.ask(VcpuRequests.POKE);
        requests.ask(VcpuRequests.NMI);
        assertEquals(VcpuRequests.NMI, requests.takeEvents());
        int rest = requests.take();
        assertEquals(VcpuRequests.KICK | VcpuRequests.POKE, rest);
        assertFalse(VcpuRequests.hasEvents(rest));
    }
}
