package org.interposer.backend.block.file;

import java.lang.annotation.Annotation;
import java.nio.file.Path;

/** A configuration as the container would hand it over. */
record Settings(
        String id,
        String path,
        boolean direct,
        boolean readOnly,
        boolean create,
        String size,
        int workers,
        boolean lock)
        implements FileBackendProvider.Config {
    static Settings of(Path path) {
        return new Settings("disk", path.toString(), false, false, false, "", 0, true);
    }

    Settings named(String value) {
        return new Settings(value, path, direct, readOnly, create, size, workers, lock);
    }

    Settings asDirect() {
        return new Settings(id, path, true, readOnly, create, size, workers, lock);
    }

    Settings asReadOnly() {
        return new Settings(id, path, direct, true, create, size, workers, lock);
    }

    Settings created(String bytes) {
        return new Settings(id, path, direct, readOnly, true, bytes, workers, lock);
    }

    Settings with(int threads) {
        return new Settings(id, path, direct, readOnly, create, size, threads, lock);
    }

    Settings unlocked() {
        return new Settings(id, path, direct, readOnly, create, size, workers, false);
    }

    FileBackendProvider provider() {
        return new FileBackendProvider(this);
    }

    @Override
    public Class<? extends Annotation> annotationType() {
        return FileBackendProvider.Config.class;
    }
}
