package org.interposer.tool.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs a bare-metal guest under QEMU. */
final class QemuGuest {
    static final String PROGRAM = "qemu-system-x86_64";

    private final List<String> particulars;
    private final Path guest;

    private QemuGuest(Path guest, List<String> particulars) {
        this.guest = guest;
        this.particulars = particulars;
    }

    /** With KVM and a disk that has an I/O thread of its own. */
    static QemuGuest kvm(Path guest, Path disk) {
        return new QemuGuest(
                guest,
                List.of(
                        "-accel",
                        "kvm",
                        "-cpu",
                        "host,-arch-capabilities",
                        "-object",
                        "iothread,id=io0",
                        "-drive",
                        "file=" + disk + ",if=none,id=d0,format=raw,cache=writeback",
                        "-device",
                        "virtio-blk-pci,drive=d0,disable-legacy=on,iothread=io0"));
    }

    /** With its own translator, without a disk. */
    static QemuGuest tcg(Path guest) {
        return new QemuGuest(guest, List.of("-accel", "tcg", "-cpu", "max"));
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
                new ArrayList<>(
                        List.of(
                                PROGRAM,
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
                                "-device",
                                "isa-debug-exit,iobase=0xf4,iosize=0x04",
                                "-debugcon",
                                "stdio"));
        command.addAll(particulars);
        return PeerProcess.run("QEMU", command, seconds);
    }
}
