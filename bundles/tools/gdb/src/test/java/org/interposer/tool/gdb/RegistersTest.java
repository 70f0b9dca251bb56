package org.interposer.tool.gdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.List;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.CpuState.Segment;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

final class RegistersTest {
    private final CpuState state = state();

    private static CpuState state() {
        long[] gpr = new long[16];
        for (int n = 0; n < gpr.length; n++) {
            gpr[n] = 0x100 + n;
        }
        byte[] fx = new byte[512];
        for (int n = 0; n < fx.length; n++) {
            fx[n] = (byte) n;
        }
        Segment none = new Segment(0, 0, 0, 0);
        CpuState.Segments segments =
                new CpuState.Segments(
                        new Segment(0x10, 0, -1, 0),
                        new Segment(0x18, 0, -1, 0),
                        none,
                        new Segment(0x20, 0xf5, -1, 0),
                        new Segment(0x28, 0x65, -1, 0),
                        new Segment(0x30, 0, -1, 0),
                        none,
                        none,
                        new CpuState.Table(0, 0),
                        new CpuState.Table(0, 0));
        return new CpuState(
                gpr,
                0xffff_8000_0000_1234L,
                0x246,
                segments,
                new CpuState.Control(1, 2, 3, 4, 0, 5, 0, 1),
                new long[6],
                new TreeMap<>(),
                fx,
                new byte[0],
                0,
                CpuState.Activity.RUNNING,
                CpuState.PendingEvents.NONE,
                List.of());
    }

    private static int number(String name) throws Exception {
        List<String> names = names();
        return names.indexOf(name);
    }

    private static NodeList registers() throws Exception {
        String text = Registers.description().replaceAll("<!DOCTYPE[^>]*>", "");
        Document document =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(new InputSource(new StringReader(text)));
        return document.getElementsByTagName("reg");
    }

    private static List<String> names() throws Exception {
        NodeList list = registers();
        return java.util.stream.IntStream.range(0, list.getLength())
                .mapToObj(n -> ((Element) list.item(n)).getAttribute("name"))
                .toList();
    }

    @Test
    void theDescriptionHasEveryRegisterWithItsSize() throws Exception {
        NodeList list = registers();
        assertEquals(Registers.COUNT, list.getLength());
        for (int n = 0; n < list.getLength(); n++) {
            Element register = (Element) list.item(n);
            assertEquals(
                    Registers.size(n) * 8,
                    Integer.parseInt(register.getAttribute("bitsize")),
                    register.getAttribute("name"));
        }
    }

    @Test
    void registersAreWhereTheirNamesAre() throws Exception {
        assertEquals(0x103, value("rbx"), "rbx is number 3 of the processor");
        assertEquals(0x107, value("rdi"));
        assertEquals(0x105, value("rbp"));
        assertEquals(0x104, value("rsp"));
        assertEquals(0x10f, value("r15"));
        assertEquals(0xffff_8000_0000_1234L, value("rip"));
        assertEquals(0x246, value("eflags"));
        assertEquals(0x10, value("cs"));
        assertEquals(0x30, value("ss"));
        assertEquals(0xf5, value("fs_base"));
        assertEquals(3, value("cr3"));
        assertEquals(5, value("efer"));
        assertEquals(0x1b1a1918L, value("mxcsr"));
        assertEquals((byte) 160, Registers.get(state, number("xmm0"))[0]);
        assertEquals((byte) 32, Registers.get(state, number("st0"))[0]);
    }

    private long value(String name) throws Exception {
        byte[] bytes = Registers.get(state, number(name));
        return Hex.get(bytes, 0, Math.min(8, bytes.length));
    }

    @Test
    void allRegistersGoThereAndBack() {
        byte[] all = Registers.all(state);
        byte[] changed = all.clone();
        changed[0] = 0x77;
        CpuState next = Registers.withAll(state, changed);
        assertEquals(0x177, next.gpr()[0]);
        assertArrayEquals(changed, Registers.all(next));
        assertEquals(0x100, state.gpr()[0], "the state itself stays");
    }

    @Test
    void whatOnlyTheSystemMayChangeIsShownOnly() throws Exception {
        for (String name : List.of("cs", "fs_base", "cr0", "ftag")) {
            assertFalse(Registers.isWritable(number(name)), name);
        }
        for (String name : List.of("rip", "eflags", "st7", "fctrl", "xmm15", "mxcsr")) {
            assertTrue(Registers.isWritable(number(name)), name);
        }
    }
}
