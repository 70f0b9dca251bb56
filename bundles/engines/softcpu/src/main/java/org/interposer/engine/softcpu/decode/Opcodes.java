package org.interposer.engine.softcpu.decode;

/**
 * What follows each opcode (SDM vol. 2 appendix A), a character each:
 *
 * <pre>
 * .  nothing              m  ModRM                  M  ModRM and a byte      Z  ModRM and a word or dword
 * b  byte                 z  word or dword          w  word                  v  word, dword or qword
 * j  short displacement   J  near displacement      f  far pointer           o  absolute address
 * e  word and byte        g, G  ModRM, and an immediate for the extensions 0 and 1
 * </pre>
 *
 * <p>Prefixes are taken off before the table is asked.
 */
final class Opcodes {
    static final String ONE_BYTE =
            "mmmmbz..mmmmbz.."
                    + "mmmmbz..mmmmbz.."
                    + "mmmmbz..mmmmbz.."
                    + "mmmmbz..mmmmbz.."
                    + "................"
                    + "................"
                    + "..mm....zZbM...."
                    + "jjjjjjjjjjjjjjjj"
                    + "MZMMmmmmmmmmmmmm"
                    + "..........f....."
                    + "oooo....bz......"
                    + "bbbbbbbbvvvvvvvv"
                    + "MMw.mmMZe.w..b.."
                    + "mmmmbb..mmmmmmmm"
                    + "jjjjbbbbJJfj...."
                    + "......gG......mm";

    static final String TWO_BYTE =
            "mmmm.........m.M"
                    + "mmmmmmmmmmmmmmmm"
                    + "mmmm....mmmmmmmm"
                    + "................"
                    + "mmmmmmmmmmmmmmmm"
                    + "mmmmmmmmmmmmmmmm"
                    + "mmmmmmmmmmmmmmmm"
                    + "MMMMmmm.mm..mmmm"
                    + "JJJJJJJJJJJJJJJJ"
                    + "mmmmmmmmmmmmmmmm"
                    + "...mMm.....mMmmm"
                    + "mmmmmmmmmmMmmmmm"
                    + "mmMmMMMm........"
                    + "mmmmmmmmmmmmmmmm"
                    + "mmmmmmmmmmmmmmmm"
                    + "mmmmmmmmmmmmmmmm";

    private Opcodes() {}

    static boolean hasModrm(char kind) {
        return "mMZgG".indexOf(kind) >= 0;
    }
}
