package org.interposer.core.port;

import java.io.IOException;
import org.interposer.api.block.BlockBackend;
import org.interposer.api.block.BlockBackendProvider;
import org.interposer.api.block.BlockInterposerProvider;

/** A provider of either kind. Identity matters: two services are two of these. */
abstract class StageProvider {
    private final String id;

    private StageProvider(String id) {
        this.id = id;
    }

    static StageProvider of(String id, BlockBackendProvider provider) {
        return new StageProvider(id) {
            @Override
            boolean interposer() {
                return false;
            }

            @Override
            String describe() {
                return provider.describe();
            }

            @Override
            BlockBackend open(BlockBackend lower) throws IOException {
                return provider.open();
            }
        };
    }

    static StageProvider of(String id, BlockInterposerProvider provider) {
        return new StageProvider(id) {
            @Override
            boolean interposer() {
                return true;
            }

            @Override
            String describe() {
                return provider.describe();
            }

            @Override
            BlockBackend open(BlockBackend lower) throws IOException {
                return provider.open(lower);
            }
        };
    }

    final String id() {
        return id;
    }

    abstract boolean interposer();

    abstract String describe();

    /** Opens a stage; a back-end has no use for {@code lower}. */
    abstract BlockBackend open(BlockBackend lower) throws IOException;
}
