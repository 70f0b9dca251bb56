package org.interposer.tool.gdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** The client's side of the protocol, byte by byte and without any understanding of it. */
final class Client implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000, QUIET_MILLIS = 200;

    private final Socket socket;

    Client(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
    }

    static String framed(String data) {
        return "$" + data + String.format("#%02x", data.chars().sum() & 0xff);
    }

    void raw(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    void send(String packet) throws IOException {
        raw(framed(packet));
    }

    /** The next byte; fails at the end of the connection. */
    char next() throws IOException {
        int octet = socket.getInputStream().read();
        if (octet < 0) {
            throw new IOException("the stub has closed the connection");
        }
        return (char) octet;
    }

    /** The next reply, with a right checksum, acknowledged as gdb does. */
    String reply() throws IOException {
        assertEquals('$', next());
        StringBuilder data = new StringBuilder();
        for (char octet = next(); octet != '#'; octet = next()) {
            data.append(octet);
        }
        assertEquals(framed(data.toString()), "$" + data + "#" + next() + next());
        raw("+");
        return data.toString();
    }

    /** Sends a packet that needs its acknowledgement, and gets the reply. */
    String ask(String packet) throws IOException {
        go(packet);
        return reply();
    }

    /** Sends a packet that needs its acknowledgement; a reply comes when the machine stops. */
    void go(String packet) throws IOException {
        send(packet);
        assertEquals('+', next(), packet);
    }

    /** Nothing comes, for a while. */
    void assertQuiet() throws IOException {
        socket.setSoTimeout(QUIET_MILLIS);
        assertThrows(SocketTimeoutException.class, this::next);
        socket.setSoTimeout(PATIENCE_MILLIS);
    }

    /** The stub closes the connection without another word. */
    void assertEnd() throws IOException {
        assertEquals(-1, socket.getInputStream().read());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
