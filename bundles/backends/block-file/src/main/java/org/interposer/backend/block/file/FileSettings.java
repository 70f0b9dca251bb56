package org.interposer.backend.block.file;

import java.nio.file.Path;

/** What a configuration says, checked. */
record FileSettings(
        String id,
        Path path,
        boolean direct,
        boolean readOnly,
        boolean create,
        long size,
        int workers,
        boolean lock) {}
