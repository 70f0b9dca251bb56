package org.interposer.api.block;

import java.util.Optional;
import org.junit.jupiter.api.Nested;

/** The kit's own stages keep the contract, so what it finds is not the kit's fault. */
class BlockBackendContractTest {
    @Nested
    class OfTheTestDisk extends BlockBackendContract {
        private final byte[] content = new byte[(int) SECTORS * 512];

        @Override
        protected BlockBackend open() {
            return new TestDisk(content, false);
        }

        @Override
        protected Optional<BlockBackend> reopen() {
            return Optional.of(new TestDisk(content, false));
        }

        @Override
        protected Optional<BlockBackend> openReadOnly() {
            return Optional.of(new TestDisk(content, true));
        }
    }

    @Nested
    class OfTheUnsteadyStage extends BlockBackendContract {
        @Override
        protected BlockBackend open() {
            return new UnsteadyBackend(new TestDisk(SECTORS, false), 3, 20_000);
        }

        @Override
        protected double allocationLimit() {
            return 1000;
        }
    }
}
