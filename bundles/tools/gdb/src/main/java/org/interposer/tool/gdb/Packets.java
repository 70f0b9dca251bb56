package org.interposer.tool.gdb;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * The packets of the remote protocol: {@code $data#checksum}, acknowledged by {@code +} until both
 * sides agree to do without. One thread reads; any thread writes.
 */
final class Packets {
    /** What Ctrl-C in gdb sends, outside of packets. */
    static final int INTERRUPT = 3;

    /** Longest packet, told to gdb as PacketSize. */
    static final int LONGEST = 0x4000;

    /** The packet that {@link #read} returns for {@link #INTERRUPT}. */
    static final byte[] INTERRUPTED = {INTERRUPT};

    private static final int ESCAPE = '}', ESCAPED = 0x20;

    private final InputStream in;
    private final OutputStream out;
    private volatile boolean acknowledges = true;

    Packets(InputStream in, OutputStream out) {
        this.in = new BufferedInputStream(in);
        this.out = out;
    }

    /** No acknowledgements from now on. */
    void withoutAcknowledgements() {
        acknowledges = false;
    }

    /**
     * The next packet's data, unescaped.
     *
     * @throws EOFException when gdb has gone
     */
    byte[] read() throws IOException {
        while (true) {
            int octet = next();
            if (octet == INTERRUPT) {
                return INTERRUPTED;
            }
            if (octet == '$') {
                byte[] packet = data();
                if (packet.length > 0 || !acknowledges) {
                    return packet;
                }
            }
            // Acknowledgements, and noise between packets.
        }
    }

    /** Empty after a wrong checksum: gdb was asked to send it again. */
    private byte[] data() throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        int sum = 0;
        for (int octet = next(); octet != '#'; octet = next()) {
            sum += octet;
            if (octet == ESCAPE) {
                int escaped = next();
                sum += escaped;
                octet = escaped ^ ESCAPED;
            }
            data.write(octet);
            if (data.size() > LONGEST) {
                throw new IOException("a packet is longer than " + LONGEST + " bytes");
            }
        }
        int wanted = Character.digit(next(), 16) << 4 | Character.digit(next(), 16);
        boolean right = (sum & 0xff) == wanted;
        if (acknowledges) {
            send(new byte[] {(byte) (right ? '+' : '-')});
        } else if (!right) {
            throw new IOException("a packet's checksum is wrong");
        }
        return right ? data.toByteArray() : new byte[0];
    }

    private int next() throws IOException {
        int octet = in.read();
        if (octet < 0) {
            throw new EOFException("gdb has closed the connection");
        }
        return octet;
    }

    /** Sends a packet of text without characters that need an escape. */
    void write(String text) throws IOException {
        byte[] data = text.getBytes(StandardCharsets.ISO_8859_1);
        int sum = 0;
        for (byte octet : data) {
            sum += octet & 0xff;
        }
        send(
                ("$" + text + String.format("#%02x", sum & 0xff))
                        .getBytes(StandardCharsets.ISO_8859_1));
    }

    private synchronized void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }
}
