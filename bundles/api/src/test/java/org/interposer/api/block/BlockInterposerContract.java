package org.interposer.api.block;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every interposer keeps: all that a back-end keeps, and that it lives well with what is below
 * it being slow, out of order, failing or exchanged.
 */
public abstract class BlockInterposerContract extends BlockBackendContract {
    private final java.util.List<BlockBackend> lowers = new java.util.ArrayList<>();

    /** The interposer over {@code lower}. */
    protected abstract BlockBackend open(BlockBackend lower) throws Exception;

    /** A disk over which {@link #open} has the sectors the contract wants. */
    protected BlockBackend lower(boolean readOnly) {
        return new TestDisk(2 * SECTORS, readOnly);
    }

    @Override
    protected final BlockBackend open() throws Exception {
        return withLower(lower(false));
    }

    @Override
    protected final Optional<BlockBackend> openReadOnly() throws Exception {
        return Optional.of(withLower(lower(true)));
    }

    @AfterEach
    final void closeLowers() {
        lowers.forEach(BlockBackend::close);
    }

    /** Closes the disk together with the stage, as a port does when it closes a chain. */
    private BlockBackend withLower(BlockBackend lower) throws Exception {
        lowers.add(lower);
        BlockBackend stage = open(lower);
        return new BlockBackend() {
            @Override
            public BlockGeometry geometry() {
                return stage.geometry();
            }

            @Override
            public void submit(BlockRequest request) {
                stage.submit(request);
            }

            @Override
            public void kick() {
                stage.kick();
            }

            @Override
            public void close() {
                lower.close();
                stage.close();
            }
        };
    }

    @Test
    void keepsDataRightOverADiskThatIsLateAndOutOfOrder() throws Exception {
        UnsteadyBackend lower = new UnsteadyBackend(lower(false), 7, 200_000);
        BlockBackend stage = open(lower);
        VerifiedLoad load = new VerifiedLoad(VerifiedLoad.on(stage), 128, 2, 16, 7);
        load.start();
        Thread.sleep(500);
        VerifiedLoad.Result result = load.stop();
        stage.close();
        lower.close();
        assertTrue(result.clean(), result.toString());
    }

    @Test
    void handsErrorsOfTheDiskUp() throws Exception {
        UnsteadyBackend lower = new UnsteadyBackend(lower(false), 8, 0);
        BlockBackend stage = open(lower);
        TestRequest r = new TestRequest(1);
        lower.failNext(BlockOperation.FLUSH, 1, BlockStatus.IO_ERROR);
        r.start(BlockOperation.FLUSH, 0, 0);
        assertEquals(BlockStatus.IO_ERROR, r.run(stage));
        r.start(BlockOperation.FLUSH, 0, 0);
        assertEquals(BlockStatus.OK, r.run(stage));
        stage.close();
        lower.close();
    }

    @Test
    void handsAFlushDown() throws Exception {
        TestDisk lower = new TestDisk(2 * SECTORS, false);
        BlockBackend stage = open(lower);
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.FLUSH, 0, 0);
        assertEquals(BlockStatus.OK, r.run(stage));
        assertEquals(1, lower.flushes());
        stage.close();
    }

    /** Who says that it keeps no data is taken out of a chain without a flush. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "READ")
    void endsNothingBeforeItHasEndedBelowUnlessItKeepsData(BlockOperation operation)
            throws Exception {
        UnsteadyBackend lower = new UnsteadyBackend(lower(false), 9, 0);
        BlockBackend stage = open(lower);
        lower.stuck(true);
        TestMemory memory = new TestMemory(8 * BlockGeometry.SECTOR);
        TestRequest r = new TestRequest(1);
        r.start(operation, 0, operation == BlockOperation.FLUSH ? 0 : 8);
        if (operation == BlockOperation.WRITE) {
            memory.slice(r.request().data(), 0, 8 * BlockGeometry.SECTOR);
        }
        stage.submit(r.request());
        stage.kick();
        Thread.sleep(20);
        assertTrue(stage.keepsData() || r.completions() == 0);
        lower.stuck(false);
        assertEquals(BlockStatus.OK, r.await());
        stage.close();
        lower.close();
    }

    @Test
    void doesNotCloseWhatIsBelow() throws Exception {
        TestDisk lower = new TestDisk(2 * SECTORS, false);
        open(lower).close();
        assertFalse(lower.closed());
    }

    @Test
    void followsAnExchangeOfWhatIsBelow() throws Exception {
        Exchangeable link = new Exchangeable(new TestDisk(2 * SECTORS, false));
        BlockBackend stage = open(link);
        long before = stage.geometry().sectors();
        stage.pause();
        TestDisk successor = new TestDisk(4 * SECTORS, false);
        link.lower = successor;
        stage.lowerChanged();
        stage.resume();
        assertTrue(stage.geometry().sectors() >= before);
        TestRequest r = new TestRequest(1);
        r.start(BlockOperation.FLUSH, 0, 0);
        assertEquals(BlockStatus.OK, r.run(stage));
        assertEquals(1, successor.flushes());
        stage.close();
    }

    /** What a port puts between two stages. */
    private static final class Exchangeable implements BlockBackend {
        private volatile BlockBackend lower;

        Exchangeable(BlockBackend lower) {
            this.lower = lower;
        }

        @Override
        public BlockGeometry geometry() {
            return lower.geometry();
        }

        @Override
        public void submit(BlockRequest request) {
            lower.submit(request);
        }

        @Override
        public void kick() {
            lower.kick();
        }

        @Override
        public void close() {}
    }
}
