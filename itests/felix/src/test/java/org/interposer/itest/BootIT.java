package org.interposer.itest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code bin/interposer boot}, run as a process, with guests of some instructions. */
class BootIT {
    private static final int LIMIT_SECONDS = 60;
    private static final int LOAD_ADDRESS = 0x10_0000;

    @TempDir Path folder;

    private record Outcome(int status, String out, String err) {}

    /** A multiboot image (Multiboot specification 0.6.96, §3.1) that is nothing but code. */
    private Path guest(int... code) throws Exception {
        ByteBuffer image = ByteBuffer.allocate(32 + code.length).order(ByteOrder.LITTLE_ENDIAN);
        int flags = 1 << 16;
        image.putInt(0x1BADB002).putInt(flags).putInt(-(0x1BADB002 + flags));
        image.putInt(LOAD_ADDRESS).putInt(LOAD_ADDRESS).putInt(0).putInt(0);
        image.putInt(LOAD_ADDRESS + 32);
        for (int octet : code) {
            image.put((byte) octet);
        }
        return Files.write(folder.resolve("guest.bin"), image.array());
    }

    /** {@code mov al, letter; mov dx, port; out dx, al} for every letter. */
    private static int[] printing(int port, String text, int... then) {
        List<Integer> code = new ArrayList<>(List.of(0x66, 0xba, port & 0xff, port >> 8));
        text.chars().forEach(letter -> code.addAll(List.of(0xb0, letter, 0xee)));
        for (int octet : then) {
            code.add(octet);
        }
        return code.stream().mapToInt(Integer::intValue).toArray();
    }

    @Test
    void theGuestsExitIsTheProcesssAndAllItPrintedIsThere() throws Exception {
        assumeKvm();
        // mov al, 21; out 0xf4, al; hlt
        Path guest = guest(printing(0x3f8, "serial, no new line", 0xb0, 21, 0xe6, 0xf4, 0xf4));
        assertEquals(new Outcome(43, "serial, no new line", ""), boot("", "--kernel", guest));
        Path debug = guest(printing(0xe9, "debug", 0xb0, 0, 0xe6, 0xf4, 0xf4));
        assertEquals(new Outcome(1, "debug", ""), boot("", "--kernel", debug));
    }

    @Test
    void whatIsTypedReachesTheGuestFromItsFirstByteOn() throws Exception {
        assumeKvm();
        // wait: mov dx, 0x3fd; in al, dx; test al, 1; jz wait; mov dx, 0x3f8; in al, dx; out dx, al
        // cmp al, 'q'; jne wait; mov al, 1; out 0xf4, al; hlt
        Path guest =
                guest(
                        0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8, 1, 0x74, 0xf7, 0x66, 0xba, 0xf8, 0x03,
                        0xec, 0xee, 0x3c, 'q', 0x75, 0xed, 0xb0, 1, 0xe6, 0xf4, 0xf4);
        assertEquals(new Outcome(3, "abcq", ""), boot("abcq", "--kernel", guest));
    }

    @Test
    void aTripleFaultIsACrashThatShowsTheRegisters() throws Exception {
        assumeKvm();
        // mov esi, 0x12345678; lidt of six zeroes at esp; ud2
        Path guest =
                guest(
                        0xbe, 0x78, 0x56, 0x34, 0x12, 0xbc, 0x00, 0x00, 0x20, 0x00, 0x0f, 0x01,
                        0x1c, 0x24, 0x0f, 0x0b);
        Outcome outcome = boot("", "--kernel", guest);
        assertEquals(126, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("triple fault on vCPU 0"), outcome.err());
        assertTrue(outcome.err().contains("rsi     0000000012345678"), outcome.err());
    }

    @Test
    void aGuestThatPowersItselfOffEndsWell() throws Exception {
        // mov dx, PM1a control; mov ax, SLP_TYP 5 and SLP_EN (ACPI 6.5 §4.8.3.2); out dx, ax; hlt
        int[] off = {0x66, 0xba, 0x04, 0x06, 0x66, 0xb8, 0x00, 0x34, 0x66, 0xef, 0xf4};
        Path guest = guest(printing(0x3f8, "bye", off));
        assertEquals(new Outcome(0, "bye", ""), boot("", "--engine", "softcpu", "--kernel", guest));
    }

    @Test
    void theExitsAreToldAfterTheGuestsEnd() throws Exception {
        Path guest = guest(printing(0x3f8, "bye", 0xb0, 0, 0xe6, 0xf4, 0xf4));
        Outcome outcome = boot("", "--engine", "softcpu", "--kernel", guest, "--exits");
        assertEquals(1, outcome.status(), outcome.err());
        assertEquals("bye", outcome.out());
        List<String> lines = outcome.err().lines().toList();
        assertTrue(
                lines.get(0).matches("boot: the guest ran for [0-9]+\\.[0-9]{3} s"), lines.get(0));
        assertTrue(lines.get(1).matches("EXIT +COUNT"), lines.get(1));
        assertTrue(lines.contains("pio-out       4"), outcome.err());
    }

    @Test
    void anInterruptEndsTheMachineAndTheProcess() throws Exception {
        Path guest = guest(printing(0x3f8, "x", 0xeb, 0xfe));
        // Whoever starts the tests in the background has its children ignore SIGINT.
        List<String> command = command("--engine", "softcpu", "--kernel", guest);
        command.addAll(0, List.of("env", "--default-signal=INT"));
        Process process = new ProcessBuilder(command).start();
        try {
            assertEquals('x', process.getInputStream().read());
            new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS));
            assertEquals(130, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aGuestThatDoesNotEndIsStoppedInTime() throws Exception {
        assumeKvm();
        Path guest = guest(printing(0x3f8, "x", 0xeb, 0xfe));
        Path file = folder.resolve("serial.txt");
        Outcome outcome = boot("", "--kernel", guest, "--timeout", 1, "--serial", "file:" + file);
        assertEquals(124, outcome.status(), outcome.err());
        assertEquals("boot: the guest still ran after 1 s; it was stopped\n", outcome.err());
        assertEquals("x", Files.readString(file));
    }

    @Test
    void aTraceHoldsAllTheGuestDidFromItsFirstInstructionOn() throws Exception {
        Path guest = guest(printing(0x3f8, "x", 0xb0, 0, 0xe6, 0xf4, 0xf4));
        Path file = folder.resolve("trace.txt");
        String trace = file + ":instructions,io";
        Outcome outcome = boot("", "--engine", "softcpu", "--kernel", guest, "--trace", trace);
        assertEquals(new Outcome(1, "x", "boot: 8 events in " + file + "\n"), outcome);
        assertEquals(
                List.of(
                        "       1 vcpu0 insn 0010:0000000000100020 66 ba f8 03",
                        "       2 vcpu0 insn 0010:0000000000100024 b0 78",
                        "       3 vcpu0 insn 0010:0000000000100026 ee",
                        "       4 vcpu0 pio-out 03f8 size 1 value 78",
                        "       5 vcpu0 insn 0010:0000000000100027 b0 00",
                        "       6 vcpu0 insn 0010:0000000000100029 e6 f4",
                        "       7 vcpu0 pio-out 00f4 size 1 value 00",
                        "       8 vcpu0 insn 0010:000000000010002b f4"),
                Files.readAllLines(file));
    }

    @Test
    void whatCannotRunIsToldInOneLine() throws Exception {
        Path text = Files.writeString(folder.resolve("text"), "no kernel");
        Outcome outcome = boot("", "--kernel", text);
        assertEquals(125, outcome.status());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().startsWith("boot: "), outcome.err());
        Outcome wrong = boot("", "--kernl", text);
        assertEquals(125, wrong.status());
        assertTrue(wrong.err().contains("did you mean --kernel?"), wrong.err());
        Path file = folder.resolve("trace.txt");
        Outcome untraced = boot("", "--kernel", text, "--trace", file);
        assertEquals(125, untraced.status());
        assertEquals(1, untraced.err().lines().count(), untraced.err());
        assertTrue(Files.notExists(file));
    }

    private static void assumeKvm() {
        Felix.assumeKvm();
    }

    private static List<String> command(Object... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Felix.home().resolve("bin/interposer").toString());
        command.add("--java-home");
        command.add(System.getProperty("java.home"));
        command.add("boot");
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        return command;
    }

    private static Outcome boot(String typed, Object... arguments) throws Exception {
        Process process = new ProcessBuilder(command(arguments)).start();
        try (var keyboard = process.getOutputStream()) {
            keyboard.write(typed.getBytes(StandardCharsets.US_ASCII));
        }
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Thread errors =
                new Thread(
                        () -> {
                            try {
                                process.getErrorStream().transferTo(err);
                            } catch (java.io.IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        });
        errors.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS));
        errors.join();
        return new Outcome(process.exitValue(), out, err.toString(StandardCharsets.US_ASCII));
    }
}
