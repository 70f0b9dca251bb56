package org.interposer.engine.softcpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.HexFormat;
import java.util.Random;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.VcpuExit;
import org.junit.jupiter.api.Test;

/**
 * Whatever a guest executes, the JVM lives and the engine makes no mistake of its own. Random cases
 * by seed; {@code -Dsoftcpu.fuzz.seconds} and {@code -Dsoftcpu.fuzz.seed} make it longer and other.
 */
class RobustnessTest {
    private static final long SECONDS = Long.getLong("softcpu.fuzz.seconds", 20);
    private static final long SEED = Long.getLong("softcpu.fuzz.seed", 1);
    private static final long BODY = 0x10000, BYTES = 16 * TestMachine.MIB;
    private static final int CASE_MILLIS = 20, CASES_A_MACHINE = 50, CODE_BYTES = 512;
    private static final int TABLES = 0x1000, TABLE_BYTES = 0x3000;

    /** MSRs that steer something; others are drawn from all. */
    private static final int[] MSRS = {
        0x10,
        0x1b,
        0x174,
        0x175,
        0x176,
        0x1d9,
        0x200,
        0x277,
        0x2ff,
        0x400,
        0x6e0,
        0x808,
        0x80b,
        0x830,
        0x832,
        0x838,
        0x83e,
        0xc0000080,
        0xc0000081,
        0xc0000082,
        0xc0000084,
        0xc0000100,
        0xc0000101,
        0xc0000102,
        0xc0000103,
        0x4b564d00,
        0x4b564d01,
        0x11,
        0x12,
        0x4b564d03
    };

    /** Instructions that change much, mixed into random bytes. */
    private static final String[] SYSTEM = {
        "0f30",
        "0f22c0",
        "0f22d8",
        "0f22e0",
        "440f22c0",
        "0f23f8",
        "0f01 10",
        "0f01 18",
        "0f00d8",
        "0f00d0",
        "8ed8",
        "8ed0",
        "8ee0",
        "cf",
        "48cf",
        "cd03",
        "9d",
        "cb",
        "48cb",
        "0f05",
        "480f07",
        "0f34",
        "0f35",
        "0fae08",
        "0fae00",
        "0fc708",
        "480fc708",
        "f3a4",
        "f348a5",
        "f3ab",
        "f36c",
        "f26f",
        "ee",
        "ec",
        "0f32",
        "0fa2",
        "fb",
        "fa",
        "f1",
        "cc",
        "0f0138",
        "ff28",
        "ff18",
        "ca0400",
        "c8000405",
        "dd20",
        "dfe0",
        "660f3a63c10c"
    };

    @Test
    void noGuestBreaksTheEngine() throws Exception {
        long end = System.nanoTime() + SECONDS * 1_000_000_000L;
        long seed = SEED << 32;
        while (System.nanoTime() < end) {
            try (TestMachine m = new TestMachine(1, BYTES)) {
                for (int i = 0; i < CASES_A_MACHINE && System.nanoTime() < end; i++) {
                    attempt(m, seed++);
                }
            }
        }
        assertTrue(seed - (SEED << 32) > SECONDS, "too few cases: " + (seed - (SEED << 32)));
        anotherMachineRuns();
    }

    private static void attempt(TestMachine m, long seed) throws Exception {
        Random random = new Random(seed);
        byte[] code = code(random);
        m.bytes(BODY, code);
        int mode = random.nextInt(3);
        switch (mode) {
            case 0 -> m.realMode(0, BODY >> 1);
            case 1 -> m.protectedMode(0, BODY);
            default -> m.longMode(0, BODY, 2);
        }
        if (mode == 0) {
            m.bytes(BODY >> 1, code);
        }
        scramble(m, random);
        registers(m.cpu(0), random);
        execute(m, seed, mode, code);
    }

    private static void execute(TestMachine m, long seed, int mode, byte[] code) {
        SoftVcpu cpu = m.cpu(0);
        Thread timer =
                new Thread(
                        () -> {
                            try {
                                Thread.sleep(CASE_MILLIS);
                            } catch (InterruptedException ended) {
                                return;
                            }
                            cpu.kick();
                        });
        timer.start();
        VcpuExit exit;
        try {
            exit = cpu.run();
        } catch (RuntimeException | Error e) {
            throw new AssertionError(name(seed, mode, code), e);
        } finally {
            timer.interrupt();
        }
        if (exit instanceof VcpuExit.Failed failed && failed.message().contains("a mistake in")) {
            fail(name(seed, mode, code) + ": " + failed.message());
        }
    }

    private static String name(long seed, int mode, byte[] code) {
        return "case %#x in mode %d, code %s"
                .formatted(seed, mode, HexFormat.of().formatHex(code, 0, 64));
    }

    private static byte[] code(Random random) {
        byte[] code = new byte[CODE_BYTES];
        random.nextBytes(code);
        for (int i = 0; i < CODE_BYTES - 16; i += 4 + random.nextInt(24)) {
            if (random.nextInt(3) == 0) {
                byte[] known =
                        HexFormat.of()
                                .parseHex(SYSTEM[random.nextInt(SYSTEM.length)].replace(" ", ""));
                System.arraycopy(known, 0, code, i, known.length);
            } else if (random.nextInt(2) == 0) {
                code[i] = 0x0f;
            }
        }
        return code;
    }

    /** Random descriptors, gates and page tables. */
    private static void scramble(TestMachine m, Random random) {
        byte[] table = new byte[128];
        if (random.nextBoolean()) {
            random.nextBytes(table);
            m.bytes(TestMachine.GDT + 0x18, table);
        }
        for (int i = random.nextInt(20); i > 0; i--) {
            m.gate(random.nextInt(64), BODY + random.nextInt(CODE_BYTES), random.nextInt(16) / 8);
        }
        for (int i = random.nextInt(8); i > 0; i--) {
            m.put64(TestMachine.IDT + random.nextInt(0x100) * 8L, random.nextLong());
        }
        if (random.nextInt(3) == 0) {
            for (int i = random.nextInt(200); i > 0; i--) {
                long entry = random.nextLong() >> random.nextInt(64);
                entry = random.nextBoolean() ? entry & 0xff_ffffL | 7 : entry;
                m.put64(TABLES + random.nextInt(TABLE_BYTES / 8) * 8L, entry);
            }
        }
    }

    private static void registers(SoftVcpu cpu, Random random) {
        long[] r = cpu.cpu().r;
        for (int i = 0; i < 16; i++) {
            if (i != CpuState.RSP || random.nextInt(4) == 0) {
                r[i] = random.nextLong() >>> random.nextInt(64);
            }
            if (random.nextInt(3) == 0) {
                r[i] = BYTES - random.nextInt(32);
            }
        }
        if (random.nextBoolean()) {
            boolean known = random.nextInt(4) != 0;
            r[CpuState.RCX] =
                    known ? MSRS[random.nextInt(MSRS.length)] & 0xffff_ffffL : random.nextInt();
        }
    }

    /** The engine is as it was: a sum from 1 to 1000. */
    private static void anotherMachineRuns() throws Exception {
        try (TestMachine m = new TestMachine(1, BYTES)) {
            m.code(BODY, "b9e8030000 31c0 01c8 e2fc f4"); // mov ecx, 1000; xor; add; loop; hlt
            m.longMode(0, BODY, 2);
            assertInstanceOf(VcpuExit.Stuck.class, m.cpu(0).run());
            assertEquals(500_500, m.cpu(0).state().gpr()[CpuState.RAX]);
        }
    }
}
