package org.interposer.backend.block.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Advisory locks against double use. {@code flock} belongs to the opening, not to the process, so
 * one mechanism serves against other processes and against another port of this JVM.
 */
final class FileLocks {
    private static final Map<Object, String> HOLDERS = new ConcurrentHashMap<>();

    private FileLocks() {}

    static void lock(int fd, FileSettings settings, Object inode) throws IOException {
        int kind = settings.readOnly() ? Libc.LOCK_SH : Libc.LOCK_EX;
        // SAFETY: the caller's descriptor, open.
        if (Libc.flock(fd, kind | Libc.LOCK_NB) == 0) {
            HOLDERS.put(inode, settings.id());
            return;
        }
        int errno = Libc.errno();
        if (errno != Libc.EAGAIN) {
            throw new IOException(
                    "cannot lock "
                            + settings.path()
                            + ": "
                            + Libc.text(errno)
                            + "; set lock=false if nobody else uses it");
        }
        throw new IOException(
                ("%s is in use by %s; stop that use first (or swap that chain away), or set"
                                + " lock=false for '%s' if sharing it is safe")
                        .formatted(settings.path(), holder(inode), settings.id()));
    }

    static void forget(Object inode) {
        HOLDERS.remove(inode);
    }

    private static String holder(Object inode) {
        long own = ProcessHandle.current().pid();
        for (String line : locks()) {
            // 1: FLOCK  ADVISORY  WRITE 4711 fe:01:131077 0 EOF
            String[] field = line.trim().split("\\s+");
            if (field.length > 5 && field[1].equals("FLOCK") && field[5].endsWith(":" + inode)) {
                long pid = Long.parseLong(field[4]);
                return pid == own ? inThisProcess(inode) : process(pid);
            }
        }
        return HOLDERS.containsKey(inode) ? inThisProcess(inode) : "another process";
    }

    private static String inThisProcess(Object inode) {
        String id = HOLDERS.get(inode);
        return id == null ? "this process" : "back-end '" + id + "' of this process";
    }

    private static String process(long pid) {
        if (pid <= 0) {
            return "another process";
        }
        String command = ProcessHandle.of(pid).flatMap(p -> p.info().command()).orElse("");
        return "process " + pid + (command.isEmpty() ? "" : " (" + command + ")");
    }

    private static List<String> locks() {
        try {
            return Files.readAllLines(Path.of("/proc/locks"));
        } catch (IOException e) {
            return List.of();
        }
    }
}
