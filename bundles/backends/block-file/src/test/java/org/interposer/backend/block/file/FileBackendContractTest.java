package org.interposer.backend.block.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockBackendContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract of block back-ends, for every way in which the file is used. */
class FileBackendContractTest {
    private static final String SIZE = "16M";

    /** The suite for one kind of settings. */
    abstract static class OfAFile extends BlockBackendContract {
        @TempDir private Path folder;

        abstract Settings configure(Settings settings);

        Path folder() throws IOException {
            return folder;
        }

        private Settings settings() throws IOException {
            return configure(Settings.of(folder().resolve("disk.img")).created(SIZE));
        }

        @Override
        protected BlockBackend open() throws IOException {
            return settings().provider().open();
        }

        @Override
        protected Optional<BlockBackend> reopen() throws IOException {
            return Optional.of(settings().provider().open());
        }

        @Override
        protected Optional<BlockBackend> openReadOnly() throws IOException {
            open().close();
            return Optional.of(settings().asReadOnly().provider().open());
        }
    }

    @Nested
    class OnTheSubmittingThread extends OfAFile {
        @Override
        Settings configure(Settings settings) {
            return settings;
        }
    }

    @Nested
    class WithWorkers extends OfAFile {
        @Override
        Settings configure(Settings settings) {
            return settings.with(3);
        }
    }

    @Nested
    class WithDirectInputAndOutput extends OfAFile {
        @BeforeAll
        static void needsAFileSystemWithDirectAccess(@TempDir Path folder) throws IOException {
            Settings probe = Settings.of(folder.resolve("probe.img")).created("1M").asDirect();
            try {
                probe.provider().open().close();
            } catch (IOException e) {
                Assumptions.abort("the file system of " + folder + " has no O_DIRECT");
            }
            Files.delete(folder.resolve("probe.img"));
        }

        @Override
        Settings configure(Settings settings) {
            return settings.asDirect();
        }
    }

    /** A file system that punches holes but has no cheap way to zero a range. */
    @Nested
    class OnAMemoryFileSystem extends OfAFile {
        private static final Path SHM = Path.of("/dev/shm");
        private static Path own;

        @BeforeAll
        static void needsTmpfs() throws IOException {
            Assumptions.assumeTrue(Files.isWritable(SHM), "needs " + SHM);
            own = Files.createTempDirectory(SHM, "interposer");
        }

        @AfterAll
        static void remove() throws IOException {
            if (own != null) {
                Files.deleteIfExists(own.resolve("disk.img"));
                Files.deleteIfExists(own);
            }
        }

        @Override
        Path folder() {
            return own;
        }

        @Override
        Settings configure(Settings settings) {
            return settings;
        }
    }
}
