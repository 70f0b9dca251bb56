package org.interposer.api.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;
import org.interposer.api.memory.GuestMemory;
import org.junit.jupiter.api.Test;

/** Translation in every paging mode; tables begin at 0x1000. */
final class GuestWalkTest {
    private static final int SIZE = 1 << 16, ROOT = 0x1000;
    private static final long PG = 0x8000_0001L, PSE = 0x10, PAE = 0x20, LA57 = 0x1000, LMA = 0x500;
    private static final int PRESENT = 1, LARGE = 0x80;

    private final ByteBuffer ram = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    private final GuestMemory memory =
            (GuestMemory)
                    Proxy.newProxyInstance(
                            GuestMemory.class.getClassLoader(),
                            new Class<?>[] {GuestMemory.class},
                            (self, method, a) ->
                                    read((long) a[0], (byte[]) a[1], (int) a[2], (int) a[3]));

    private boolean read(long address, byte[] target, int offset, int length) {
        if (address < 0 || address + length > SIZE) {
            return false;
        }
        ram.get((int) address, target, offset, length);
        return true;
    }

    private void walks(long to, long linear, long cr4, long efer) {
        assertEquals(
                OptionalLong.of(to), new GuestWalk(memory, PG, ROOT, cr4, efer).translate(linear));
    }

    private void nothing(long linear, long cr4, long efer) {
        assertEquals(
                OptionalLong.empty(), new GuestWalk(memory, PG, ROOT, cr4, efer).translate(linear));
    }

    @Test
    void withoutPagingAddressesAreTheirOwn() {
        GuestWalk walk = new GuestWalk(memory, 1, ROOT, 0, 0);
        assertEquals(OptionalLong.of(0x1234), walk.translate(0x1234));
    }

    @Test
    void twoLevelsHaveSmallPagesAndLargeOnesWithPse() {
        ram.putInt(ROOT + 4 * 1, 0x2000 | PRESENT);
        ram.putInt(0x2000 + 4 * 3, 0x9000 | PRESENT);
        walks(0x9abc, 0x0040_3abc, 0, 0);
        nothing(0x0040_4000, 0, 0);
        ram.putInt(ROOT + 4 * 2, 0x0040_2000 | LARGE | PRESENT);
        walks(0x1_0052_3456L, 0x0092_3456, PSE, 0);
        // Without PSE the bit says nothing: the entry leads to a table outside memory.
        nothing(0x0092_3456, 0, 0);
    }

    @Test
    void threeLevelsHavePagesOfTwoMib() {
        ram.putLong(ROOT + 8 * 3, 0x2000 | PRESENT);
        ram.putLong(0x2000 + 8 * 1, 0x3000 | PRESENT);
        ram.putLong(0x3000 + 8 * 2, 0x12_3456_7000L | PRESENT);
        walks(0x12_3456_7defL, 0xc020_2def, PAE, 0);
        ram.putLong(0x2000 + 8 * 2, 0x1_0020_0000L | LARGE | PRESENT);
        walks(0x1_0021_2345L, 0xc041_2345, PAE, 0);
        nothing(0x8000_0000L, PAE, 0);
    }

    @Test
    void fourLevelsHavePagesUpToOneGib() {
        ram.putLong(ROOT + 8 * 511, 0x2000 | PRESENT);
        ram.putLong(0x2000 + 8 * 510, 0x3000 | PRESENT);
        ram.putLong(0x2000 + 8 * 511, 0x4000_0000L | LARGE | PRESENT);
        ram.putLong(0x3000 + 8 * 8, 0x20_0000 | LARGE | PRESENT);
        walks(0x21_2345, 0xffff_ffff_8101_2345L, PAE, LMA);
        walks(0x7fff_ffffL, -1, PAE, LMA);
        nothing(0x0000_ffff_8101_2345L, PAE, LMA);
        ram.putLong(ROOT, 0x2000 | LARGE | PRESENT);
        nothing(0x1000, PAE, LMA);
    }

    @Test
    void fiveLevelsReachFurther() {
        ram.putLong(ROOT + 8 * 1, 0x2000 | PRESENT);
        ram.putLong(0x2000, 0x3000 | PRESENT);
        ram.putLong(0x3000, 0x4000_0000L | LARGE | PRESENT);
        walks(0x4000_0123L, 0x1_0000_0000_0123L, PAE | LA57, LMA);
        nothing(0x1_0000_0000_0123L, PAE, LMA);
    }

    @Test
    void bytesEndWhereTheNextPageIsNotThere() {
        ram.putInt(ROOT, 0x2000 | PRESENT);
        ram.putInt(0x2000, 0x8000 | PRESENT);
        ram.put(0x8ffe, (byte) 0x0f).put(0x8fff, (byte) 0x0b);
        assertArrayEquals(
                new byte[] {0x0f, 0x0b}, new GuestWalk(memory, PG, ROOT, 0, 0).read(0xffe, 15));
        assertEquals(0, new GuestWalk(memory, PG, ROOT, 0, 0).read(0x1000, 15).length);
    }
}
