package org.interposer.core.acpi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Terms of the ACPI Machine Language as byte strings (ACPI 6.5 §20.2). Terms are made from terms,
 * so that a table reads like its ASL.
 */
final class Aml {
    /** The operand that stands for "no target". */
    static final byte[] NOWHERE = {0};

    private Aml() {}

    /** {@code Scope (name) {…}}. */
    static byte[] scope(String name, byte[]... terms) {
        return packaged(op(0x10), join(path(name), join(terms)));
    }

    /** {@code Device (name) {…}}. */
    static byte[] device(String name, byte[]... terms) {
        return packaged(op(0x5B, 0x82), join(path(name), join(terms)));
    }

    /** {@code Name (name, value)}. */
    static byte[] name(String name, byte[] value) {
        return join(op(0x08), path(name), value);
    }

    /** {@code Method (name, arguments, Serialized) {…}}. */
    static byte[] method(String name, int arguments, byte[]... terms) {
        int serialized = 1 << 3;
        return packaged(op(0x14), join(path(name), op(arguments | serialized), join(terms)));
    }

    /** {@code Package () {…}}. */
    static byte[] list(byte[]... elements) {
        return packaged(op(0x12), join(op(elements.length), join(elements)));
    }

    /** {@code Buffer () {…}}. */
    static byte[] buffer(byte[] content) {
        return packaged(op(0x11), join(integer(content.length), content));
    }

    /** An integer in its shortest form. */
    static byte[] integer(long value) {
        if (value == 0 || value == 1) {
            return op((int) value);
        }
        if (value > 0 && value <= 0xFF) {
            return join(op(0x0A), little(value, 1));
        }
        if (value > 0 && value <= 0xFFFF) {
            return join(op(0x0B), little(value, 2));
        }
        return value > 0 && value <= 0xFFFF_FFFFL
                ? join(op(0x0C), little(value, 4))
                : join(op(0x0E), little(value, 8));
    }

    /** {@code EisaId ("PNP0A03")} (ACPI 6.5 §19.3.4): three letters and four hexadecimal digits. */
    static byte[] eisaId(String id) {
        int value = Integer.parseInt(id.substring(3), 16);
        for (int i = 0; i < 3; i++) {
            value |= (id.charAt(i) - '@') << 26 - 5 * i;
        }
        return integer(Integer.toUnsignedLong(Integer.reverseBytes(value)));
    }

    /** A name or a path: {@code \_SB.PCI0}. */
    static byte[] path(String path) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean root = path.startsWith("\\");
        if (root) {
            out.write('\\');
        }
        String[] segments = path.substring(root ? 1 : 0).split("\\.");
        if (segments.length == 2) {
            out.write(0x2E);
        } else if (segments.length > 2) {
            out.write(0x2F);
            out.write(segments.length);
        }
        for (String segment : segments) {
            byte[] padded = (segment + "____").substring(0, 4).getBytes(StandardCharsets.US_ASCII);
            out.writeBytes(padded);
        }
        return out.toByteArray();
    }

    /** {@code ArgN}. */
    static byte[] argument(int index) {
        return op(0x68 + index);
    }

    /** {@code Store (value, target)}. */
    static byte[] store(byte[] value, byte[] target) {
        return join(op(0x70), value, target);
    }

    /** {@code And (a, b, target)}. */
    static byte[] and(byte[] a, byte[] b, byte[] target) {
        return join(op(0x7B), a, b, target);
    }

    /** {@code Or (a, b, target)}. */
    static byte[] or(byte[] a, byte[] b, byte[] target) {
        return join(op(0x7D), a, b, target);
    }

    /** {@code If (condition) {…}}. */
    static byte[] when(byte[] condition, byte[]... terms) {
        return packaged(op(0xA0), join(condition, join(terms)));
    }

    /** {@code Return (value)}. */
    static byte[] giveBack(byte[] value) {
        return join(op(0xA4), value);
    }

    /** {@code CreateDWordField (source, offset, name)}. */
    static byte[] dwordField(byte[] source, int offset, String name) {
        return join(op(0x8A), source, integer(offset), path(name));
    }

    /** {@code OperationRegion (name, PCI_Config, offset, length)}. */
    static byte[] pciConfigRegion(String name, int offset, int length) {
        return join(op(0x5B, 0x80), path(name), op(2), integer(offset), integer(length));
    }

    /** {@code Field (region, ByteAcc, NoLock, Preserve) {…}} of fields of eight bits each. */
    static byte[] byteFields(String region, String... names) {
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        for (String name : names) {
            fields.writeBytes(path(name));
            fields.write(8);
        }
        return packaged(op(0x5B, 0x81), join(path(region), op(1), fields.toByteArray()));
    }

    /** Puts terms one behind the other. */
    static byte[] join(byte[]... terms) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Arrays.stream(terms).forEach(out::writeBytes);
        return out.toByteArray();
    }

    static byte[] little(long value, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (value >>> (8 * i));
        }
        return bytes;
    }

    private static byte[] op(int... bytes) {
        byte[] op = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            op[i] = (byte) bytes[i];
        }
        return op;
    }

    /** An opcode, the length of the rest including the length itself (§20.2.4), and the rest. */
    private static byte[] packaged(byte[] op, byte[] body) {
        int length = body.length;
        if (length + 1 < 1 << 6) {
            return join(op, op(length + 1), body);
        }
        if (length + 2 < 1 << 12) {
            int whole = length + 2;
            return join(op, op(1 << 6 | whole & 15, whole >> 4), body);
        }
        int whole = length + 3;
        if (whole >= 1 << 20) {
            throw new IllegalArgumentException("an AML package of " + length + " bytes");
        }
        return join(op, op(2 << 6 | whole & 15, whole >> 4 & 0xFF, whole >> 12), body);
    }
}
