package org.interposer.engine.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RunCallTest {
    private static final int EBADF = 9;

    @Test
    void bothWaysMakeTheSystemCallAndTellItsError() {
        RunCall.acquire();
        try {
            assertTrue(RunCall.isDirect());
            assertEquals(-EBADF, RunCall.run(-1));
            RunCall.uninstall();
            assertFalse(RunCall.isDirect());
            assertEquals(-EBADF, RunCall.run(-1));
            RunCall.install();
            assertEquals(-EBADF, RunCall.run(-1));
        } finally {
            RunCall.release();
        }
    }
}
