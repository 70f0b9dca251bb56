package org.interposer.engine.softcpu.decode;

import org.interposer.engine.softcpu.cpu.Cpu;

/**
 * Takes an instruction apart: prefixes, opcode, ModRM, SIB, displacement, immediate (SDM vol. 2
 * chapter 2). What the opcode means is the tier's business.
 */
public final class Decoder {
    private static final int LONGEST = 15;

    /** The bytes of an instruction. */
    public interface Source {
        /** The byte at an index from the instruction's first; faults where it cannot be fetched. */
        int at(int index);

        /** What an instruction of more than 15 bytes raises. */
        RuntimeException tooLong();
    }

    private final Insn i = new Insn();
    private Source source;
    private boolean addressOverride;

    /**
     * Decodes the instruction that a source begins with.
     *
     * @param codeSize 2, 4, or 8 in 64-bit mode
     * @param off offset of its first byte in its page
     * @return the decoder's own object, valid until the next call
     */
    public Insn decode(Source bytes, int codeSize, int off) {
        source = bytes;
        i.clear(off, codeSize);
        int first = prefixes();
        sizes();
        char kind = opcode(first);
        if (Opcodes.hasModrm(kind)) {
            modrm();
        }
        immediate(kind);
        if (i.isMem && i.base == Cpu.CODE) {
            i.disp += i.off + i.length;
        }
        return i;
    }

    private int next() {
        if (i.length == LONGEST) {
            throw source.tooLong();
        }
        return source.at(i.length++);
    }

    private int prefixes() {
        addressOverride = false;
        while (true) {
            int b = next();
            switch (b) {
                case 0x26 -> segment(Cpu.ES);
                case 0x2e -> segment(Cpu.CS);
                case 0x36 -> segment(Cpu.SS);
                case 0x3e -> segment(Cpu.DS);
                case 0x64 -> i.override = Cpu.FS;
                case 0x65 -> i.override = Cpu.GS;
                case 0x66 -> i.prefix66 = true;
                case 0x67 -> addressOverride = true;
                case 0xf0 -> i.lock = true;
                case 0xf2, 0xf3 -> i.rep = b;
                default -> {
                    if (i.codeSize != 8 || (b & 0xf0) != 0x40) {
                        return b;
                    }
                    i.rex = b;
                    continue;
                }
            }
            i.rex = 0; // REX counts only right before the opcode.
        }
    }

    /** In 64-bit mode the overrides of ES, CS, SS and DS do nothing (SDM vol. 2 §2.1.1). */
    private void segment(int seg) {
        if (i.codeSize != 8) {
            i.override = seg;
        }
    }

    private void sizes() {
        if (i.codeSize == 8) {
            i.opSize = (i.rex & 8) != 0 ? 8 : i.prefix66 ? 2 : 4;
            i.addrSize = addressOverride ? 4 : 8;
        } else {
            i.opSize = i.prefix66 ? 6 - i.codeSize : i.codeSize;
            i.addrSize = addressOverride ? 6 - i.codeSize : i.codeSize;
        }
    }

    private char opcode(int first) {
        if (first != 0x0f) {
            i.opcode = first;
            return Opcodes.ONE_BYTE.charAt(first);
        }
        int second = next();
        if (second == 0x38) {
            i.opcode = Insn.MAP_0F38 | next();
            return 'm';
        }
        if (second == 0x3a) {
            i.opcode = Insn.MAP_0F3A | next();
            return 'M';
        }
        i.opcode = Insn.MAP_0F | second;
        return Opcodes.TWO_BYTE.charAt(second);
    }

    private void modrm() {
        int b = next();
        i.hasModrm = true;
        i.modrm = b;
        i.reg = (byte) (b >> 3 & 7 | (i.rex & 4) << 1);
        i.rm = (byte) (b & 7 | (i.rex & 1) << 3);
        // The mode bits of moves to control, debug and the former test registers are ignored.
        boolean alwaysRegister = (i.opcode & ~7) == (Insn.MAP_0F | 0x20);
        if (b >= 0xc0 || alwaysRegister) {
            return;
        }
        i.isMem = true;
        i.base = Cpu.ZERO;
        i.index = Cpu.ZERO;
        i.scale = 0;
        i.disp = 0;
        if (i.addrSize == 2) {
            address16(b);
        } else {
            address(b);
        }
        segmentAndShape();
    }

    private void address(int b) {
        int mod = b >> 6;
        int low = b & 7;
        if (low == 4) {
            int sib = next();
            int index = sib >> 3 & 7 | (i.rex & 2) << 2;
            if (index != 4) {
                i.index = (byte) index;
                i.scale = (byte) (sib >> 6);
            }
            low = sib & 7;
            if (low == 5 && mod == 0) {
                i.disp = next32();
                return;
            }
        } else if (low == 5 && mod == 0) {
            i.disp = next32();
            if (i.codeSize == 8) {
                i.base = Cpu.CODE;
            }
            return;
        }
        i.base = (byte) (low | (i.rex & 1) << 3);
        if (mod == 1) {
            i.disp = (byte) next();
        } else if (mod == 2) {
            i.disp = next32();
        }
    }

    private void address16(int b) {
        int mod = b >> 6;
        int low = b & 7;
        if (low == 6 && mod == 0) {
            i.disp = (short) next16();
            return;
        }
        i.base = (byte) "\3\3\5\5\6\7\5\3".charAt(low);
        if (low < 4) {
            i.index = (byte) (low % 2 == 0 ? Cpu.RSI : Cpu.RDI);
        }
        if (mod == 1) {
            i.disp = (byte) next();
        } else if (mod == 2) {
            i.disp = (short) next16();
        }
    }

    private void segmentAndShape() {
        boolean stack = i.base == Cpu.RSP || i.base == Cpu.RBP;
        i.seg = (byte) (i.override >= 0 ? i.override : stack ? Cpu.SS : Cpu.DS);
        if (i.codeSize != 8 || i.addrSize != 8) {
            i.simple = false;
            return;
        }
        i.simple = true;
        if (i.override < 0) {
            return;
        }
        // FS and GS: the base is one more summand, where one is free.
        if (i.index == Cpu.ZERO) {
            i.index = (byte) (Cpu.SEG_BASE + i.seg);
            i.scale = 0;
        } else if (i.base == Cpu.ZERO) {
            i.base = (byte) (Cpu.SEG_BASE + i.seg);
        } else {
            i.simple = false;
        }
    }

    private int next16() {
        int low = next();
        return low | next() << 8;
    }

    private int next32() {
        int low = next16();
        return low | next16() << 16;
    }

    private long next64() {
        long low = next32() & 0xffff_ffffL;
        return low | (long) next32() << 32;
    }

    private long nextZ() {
        return i.opSize == 2 ? (short) next16() : next32();
    }

    private void immediate(char kind) {
        switch (kind) {
            case 'b', 'M', 'j' -> i.imm = (byte) next();
            case 'z', 'Z' -> i.imm = nextZ();
            case 'J' -> i.imm = i.codeSize == 8 ? next32() : nextZ();
            case 'v' -> i.imm = i.opSize == 8 ? next64() : nextZ();
            case 'w' -> i.imm = next16();
            case 'e' -> {
                i.imm = next16();
                i.imm2 = next();
            }
            case 'f' -> {
                i.imm = i.opSize == 2 ? next16() : next32() & 0xffff_ffffL;
                i.imm2 = next16();
            }
            case 'o' -> memoryOffset();
            case 'g', 'G' -> {
                if (i.ext() < 2) {
                    i.imm = kind == 'g' ? (byte) next() : nextZ();
                }
            }
            default -> {
                // No immediate.
            }
        }
    }

    /** MOV between the accumulator and an absolute address. */
    private void memoryOffset() {
        i.isMem = true;
        i.base = Cpu.ZERO;
        i.index = Cpu.ZERO;
        i.scale = 0;
        i.disp =
                switch (i.addrSize) {
                    case 2 -> next16();
                    case 4 -> next32() & 0xffff_ffffL;
                    default -> next64();
                };
        segmentAndShape();
    }
}
