package org.interposer.tool.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Runs a bare-metal guest under QEMU with KVM. */
final class QemuGuest {
    private static final String PROGRAM = "qemu-system-x86_64";
    private final Path guest;
    private final Path disk;

    QemuGuest(Path guest, Path disk) {
        this.guest = guest;
        this.disk = disk;
    }

    /** Its version, or empty where it is not installed. */
    static Optional<String> version() {
        try {
            Process process = new ProcessBuilder(PROGRAM, "--version").start();
            String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return text.lines().findFirst();
        } catch (IOException notInstalled) {
            return Optional.empty();
        }
    }

    GuestRun run(String commandLine, long seconds) throws IOException, InterruptedException {
        List<String> command =
                List.of(
                        PROGRAM,
                        "-accel",
                        "kvm",
                        "-cpu",
                        "host,-arch-capabilities",
                        "-m",
                        "512M",
                        "-display",
                        "none",
                        "-no-reboot",
                        "-nic",
                        "none",
                        "-kernel",
                        guest.toString(),
                        "-append",
                        commandLine,
                        "-object",
                        "iothread,id=io0",
                        "-drive",
                        "file=" + disk + ",if=none,id=d0,format=raw,cache=writeback",
                        "-device",
                        "virtio-blk-pci,drive=d0,disable-legacy=on,iothread=io0",
                        "-device",
                        "isa-debug-exit,iobase=0xf4,iosize=0x04",
                        "-debugcon",
                        "stdio");
        return PeerProcess.run("QEMU", command, seconds);
    }
}
