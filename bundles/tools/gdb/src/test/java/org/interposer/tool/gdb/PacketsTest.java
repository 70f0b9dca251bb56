package org.interposer.tool.gdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class PacketsTest {
    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    private Packets packets(String received) {
        byte[] bytes = received.getBytes(StandardCharsets.ISO_8859_1);
        return new Packets(new ByteArrayInputStream(bytes), sent);
    }

    private static String framed(String data) {
        return "$" + data + String.format("#%02x", data.chars().sum() & 0xff);
    }

    private String sent() {
        return sent.toString(StandardCharsets.ISO_8859_1);
    }

    private static String read(Packets packets) throws IOException {
        return new String(packets.read(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void aPacketIsAcknowledgedAndNoiseBetweenPacketsIsPassedOver() throws IOException {
        Packets packets = packets("++-" + framed("g") + "+" + framed("m10,4"));
        assertEquals("g", read(packets));
        assertEquals("m10,4", read(packets));
        assertEquals("++", sent());
        assertThrows(EOFException.class, packets::read);
    }

    @Test
    void aWrongChecksumAsksForThePacketAgain() throws IOException {
        assertEquals("g", read(packets("$g#68$g#67")));
        assertEquals("-+", sent());
    }

    @Test
    void withoutAcknowledgementsAWrongChecksumEndsTheConnection() throws IOException {
        Packets packets = packets("$g#67$g#68");
        packets.withoutAcknowledgements();
        assertEquals("g", read(packets));
        assertEquals("", sent());
        assertThrows(IOException.class, packets::read);
    }

    @Test
    void escapedBytesAreRestored() throws IOException {
        byte[] data = packets(framed("X0,2:}\3}\4")).read();
        assertArrayEquals("X0,2:#$".getBytes(StandardCharsets.ISO_8859_1), data);
    }

    @Test
    void controlCComesBetweenPackets() throws IOException {
        assertSame(Packets.INTERRUPTED, packets("+\3").read());
    }

    @Test
    void aPacketWithoutEndIsRefused() {
        Packets packets = packets("$" + "a".repeat(Packets.LONGEST + 1));
        assertThrows(IOException.class, packets::read);
    }

    @Test
    void whatIsSentHasItsChecksum() throws IOException {
        packets("").write("T05thread:1;");
        assertEquals("$T05thread:1;#d7", sent());
    }
}
