package org.interposer.tool.shell;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Disassembles with binutils' objdump. It is a process of its own: a guest's bytes cannot harm the
 * JVM by it (docs/decisions/0015).
 */
final class Objdump {
    private static final int SECONDS = 10;
    private static final Pattern LINE =
            Pattern.compile("\\s*([0-9a-f]+):\\t((?:[0-9a-f]{2} ?)+)\\s*(.*)");

    private final String program;

    /**
     * One instruction.
     *
     * @param address of its first byte
     * @param bytes in hexadecimal, with spaces
     * @param text mnemonic and operands
     */
    record Line(long address, String bytes, String text) {}

    Objdump(String program) {
        this.program = program;
    }

    /**
     * Disassembles all of it; the last instructions may be cut off.
     *
     * @param bits 16, 32 or 64
     */
    List<Line> disassemble(byte[] code, long address, int bits)
            throws IOException, InterruptedException {
        Path input = Files.createTempFile("interposer-code", ".bin");
        Path output = Files.createTempFile("interposer-code", ".txt");
        try {
            Files.write(input, code);
            run(input, output, address, bits);
            List<Line> lines = new ArrayList<>();
            for (String line : Files.readAllLines(output, StandardCharsets.ISO_8859_1)) {
                Matcher m = LINE.matcher(line);
                if (m.matches()) {
                    long at = Long.parseUnsignedLong(m.group(1), 16);
                    lines.add(new Line(at, m.group(2).trim(), m.group(3).trim()));
                }
            }
            return lines;
        } finally {
            Files.delete(input);
            Files.delete(output);
        }
    }

    private void run(Path input, Path output, long address, int bits)
            throws IOException, InterruptedException {
        String machine = bits == 64 ? "i386:x86-64" : bits == 32 ? "i386" : "i8086";
        ProcessBuilder builder =
                new ProcessBuilder(
                                program,
                                "-D",
                                "-w",
                                "-z",
                                "-b",
                                "binary",
                                "-m",
                                machine,
                                "-M",
                                "intel",
                                "--adjust-vma=0x" + Long.toHexString(address),
                                input.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        builder.environment().put("LC_ALL", "C");
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot run " + program + "; install the Debian package binutils", e);
        }
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(program + " did not end within " + SECONDS + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    program + ": " + Files.readString(output, StandardCharsets.ISO_8859_1).trim());
        }
    }
}
