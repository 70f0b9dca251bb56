package org.interposer.backend.block.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.annotation.Annotation;
import java.util.Optional;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockBackendContract;
import org.interposer.api.block.BlockOperation;
import org.interposer.api.block.BlockStatus;
import org.interposer.api.block.TestMemory;
import org.interposer.api.block.TestRequest;
import org.junit.jupiter.api.Test;

class MemoryBackendTest extends BlockBackendContract {
    private final MemoryBackendProvider provider = provider("scratch", "16M", false);

    @Override
    protected BlockBackend open() throws IOException {
        return provider.open();
    }

    @Override
    protected Optional<BlockBackend> reopen() throws IOException {
        return Optional.of(provider.open());
    }

    @Override
    protected Optional<BlockBackend> openReadOnly() throws IOException {
        return Optional.of(provider("frozen", "16M", true).open());
    }

    @Test
    void isOpenedByOnePortAtATime() throws IOException {
        try (BlockBackend first = provider.open()) {
            String message = assertThrows(IOException.class, provider::open).getMessage();
            assertTrue(message.contains("'scratch' is in use"), message);
            assertEquals(32_768, first.geometry().sectors());
        }
        provider.open().close();
    }

    @Test
    void givesHeapBackWhenChunksAreDiscarded() throws IOException {
        try (BlockBackend disk = provider.open()) {
            assertEquals("0 B", disk.metrics().get("heap"));
            TestMemory memory = new TestMemory(1 << 20);
            TestRequest r = new TestRequest(1);
            r.start(BlockOperation.WRITE, 0, 2048);
            memory.slice(r.request().data(), 0, 1 << 20);
            assertEquals(BlockStatus.OK, r.run(disk));
            assertEquals("1 MiB", disk.metrics().get("heap"));
            r.start(BlockOperation.DISCARD, 8, 2040);
            assertEquals(BlockStatus.OK, r.run(disk));
            assertEquals("256 KiB", disk.metrics().get("heap"));
        }
    }

    @Test
    void refusesSizesThatAreNoDisk() {
        for (String size : new String[] {"0", "513", "lots"}) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> provider("scratch", size, false))
                            .getMessage();
            assertTrue(message.contains(size), message);
        }
        assertThrows(IllegalArgumentException.class, () -> provider(" ", "1M", false));
    }

    private static MemoryBackendProvider provider(String id, String size, boolean readOnly) {
        return new MemoryBackendProvider(
                new MemoryBackendProvider.Config() {
                    @Override
                    public Class<? extends Annotation> annotationType() {
                        return MemoryBackendProvider.Config.class;
                    }

                    @Override
                    public String id() {
                        return id;
                    }

                    @Override
                    public String size() {
                        return size;
                    }

                    @Override
                    public boolean readOnly() {
                        return readOnly;
                    }
                });
    }
}
