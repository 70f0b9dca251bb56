package org.interposer.core.state;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.interposer.api.state.StateException;

/**
 * The frame around an encoded record, big-endian: 8 bytes of magic, format version (4), payload
 * length (4), CRC-32C of the payload (4), payload.
 */
final class Container {
    static final int FORMAT = 1;
    static final int HEADER_BYTES = 20;

    /** Like PNG's: shows text-mode conversion, and no text file begins with it. */
    private static final byte[] MAGIC = {(byte) 0x8B, 'I', 'P', 'S', 'T', '\r', '\n', 0x1A};

    private static final String WAY_OUT = "use another copy, or save the state again";

    void write(byte[] payload, OutputStream out) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        header.put(MAGIC).putInt(FORMAT).putInt(payload.length).putInt(checksum(payload));
        out.write(header.array());
        out.write(payload);
    }

    byte[] read(InputStream in) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(readFully(in, HEADER_BYTES, "header"));
        byte[] magic = new byte[MAGIC.length];
        header.get(magic);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new StateException(
                    "not a state record: it begins with the bytes " + Description.hex(magic));
        }
        int format = header.getInt();
        if (format > FORMAT) {
            throw new StateException(
                    "state record has container format "
                            + format
                            + ", this software reads up to "
                            + FORMAT
                            + ": update the bundle org.interposer.core.state");
        }
        int length = header.getInt();
        if (format < 1 || length < 0) {
            throw new StateException("state record has a damaged header: " + WAY_OUT);
        }
        int checksum = header.getInt();
        byte[] payload = readFully(in, length, "content");
        if (checksum(payload) != checksum) {
            throw new StateException(
                    "state record of " + length + " bytes has a wrong checksum: " + WAY_OUT);
        }
        return payload;
    }

    /** Reads as the bytes come, so that a wrong length does not allocate what is not there. */
    private static byte[] readFully(InputStream in, int length, String part) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new StateException(
                    "state record ends after "
                            + bytes.length
                            + " of "
                            + length
                            + " bytes of its "
                            + part
                            + ": "
                            + WAY_OUT);
        }
        return bytes;
    }

    private static int checksum(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload, 0, payload.length);
        return (int) crc.getValue();
    }
}
