package org.interposer.tutorial.block.guard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.nio.file.Files;
import java.nio.file.Path;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockInterposerContract;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.TestDisk;
import org.interposer.api.block.TestRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The guard passes the suite of every interposer, and does what the tutorial says. */
class GuardTest extends BlockInterposerContract {
    /** A sector that the suite's own loads leave alone. */
    private static final long QUIET = SECTORS + SECTORS / 2;

    @Override
    protected BlockBackend open(BlockBackend lower) throws IOException {
        return provider(QUIET, 1).open(lower);
    }

    @ParameterizedTest
    @CsvSource({"DISCARD", "WRITE_ZEROES"})
    void refusesToChangeGuardedSectors(BlockOperation operation) throws IOException {
        TestDisk disk = new TestDisk(100, false);
        BlockBackend guard = provider(10, 5).open(disk);
        assertEquals(BlockStatus.IO_ERROR, run(guard, operation, 14, 1));
        assertEquals(BlockStatus.IO_ERROR, run(guard, operation, 5, 6));
        assertEquals(0, disk.requests());
        assertEquals("2 requests", guard.metrics().get("refused"));
    }

    @Test
    void passesWhatIsBesideTheRange() throws IOException {
        TestDisk disk = new TestDisk(100, false);
        BlockBackend guard = provider(10, 5).open(disk);
        assertEquals(BlockStatus.OK, run(guard, BlockOperation.WRITE_ZEROES, 15, 1));
        assertEquals(BlockStatus.OK, run(guard, BlockOperation.WRITE_ZEROES, 9, 1));
        assertEquals(BlockStatus.OK, run(guard, BlockOperation.FLUSH, 0, 0));
        assertEquals(3, disk.requests());
    }

    @Test
    void refusesARangeBehindTheDisk() {
        IOException refusal =
                assertThrows(
                        IOException.class, () -> provider(100, 1).open(new TestDisk(100, false)));
        assertTrue(refusal.getMessage().contains("choose a smaller firstSector"));
    }

    @Test
    void isTheCodeThatTheTutorialShows() throws IOException {
        Path module = Path.of("").toAbsolutePath();
        String tutorial = Files.readString(module.resolve("../../../docs/tutorial-interposer.md"));
        for (String name : new String[] {"Guard.java", "GuardProvider.java"}) {
            Path source =
                    module.resolve("src/main/java/org/interposer/tutorial/block/guard/" + name);
            assertTrue(
                    tutorial.contains("```java\n" + Files.readString(source) + "```"),
                    name + " differs from docs/tutorial-interposer.md");
        }
    }

    private static BlockStatus run(
            BlockBackend stage, BlockOperation operation, long sector, long sectors) {
        TestRequest request = new TestRequest(1);
        request.start(operation, sector, sectors);
        return request.run(stage);
    }

    private static GuardProvider provider(long first, long sectors) {
        return new GuardProvider(
                new GuardProvider.Config() {
                    @Override
                    public Class<? extends Annotation> annotationType() {
                        return GuardProvider.Config.class;
                    }

                    @Override
                    public String id() {
                        return "g1";
                    }

                    @Override
                    public long firstSector() {
                        return first;
                    }

                    @Override
                    public long sectors() {
                        return sectors;
                    }
                });
    }
}
