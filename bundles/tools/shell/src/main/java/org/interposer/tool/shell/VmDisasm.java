package org.interposer.tool.shell;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.GuestWalk;
import org.interposer.api.machine.Machine;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The command {@code vm:disasm}: the code that a vCPU executes, or code at an address. */
@Component(
        service = VmDisasm.class,
        property = {"osgi.command.scope=vm", "osgi.command.function=disasm"})
public final class VmDisasm {
    private static final String RIP = "rip";
    private static final int COUNT = 16, MOST = 4096, LONGEST = 15;

    private static final Usage USAGE =
            Usage.of(
                            "vm:disasm",
                            "NAME [ADDRESS] [COUNT]",
                            "Disassembles COUNT instructions (16) at a virtual address in"
                                    + " hexadecimal, or where a vCPU is (rip).")
                    .option("--cpu", "N", "with the page tables and mode of this vCPU (0)");

    private final Command command;
    private final Objdump objdump;

    /** Works with the services of the container. */
    @Activate
    public VmDisasm(BundleContext context) {
        this(() -> new BundleServices(context), new Objdump("objdump"));
    }

    VmDisasm(Services.Source source, Objdump objdump) {
        this.command = new Command(source);
        this.objdump = objdump;
    }

    @Descriptor("Disassembles a guest's code.")
    public void disasm(
            CommandSession session, @Descriptor("NAME [ADDRESS] [COUNT] [--cpu N]") String... args)
            throws Exception {
        command.run(
                USAGE,
                session,
                args,
                (a, services, out) -> {
                    int count = count(a);
                    Optional<Long> given = address(a);
                    Machine machine = Find.machine(services, a.operand(0));
                    List<CpuState> states = machine.cpuStates();
                    if (states.isEmpty() || machine.memory().isEmpty()) {
                        throw new IllegalStateException(
                                String.format(
                                        "machine '%1$s' does not run, so there is no code to show;"
                                                + " use vm:start %1$s",
                                        machine.name()));
                    }
                    int cpu = a.number("--cpu", 0, states.size() - 1).orElse(0);
                    CpuState state = states.get(cpu);
                    GuestWalk walk = GuestWalk.of(machine.memory().get(), state.control());
                    show(walk, cpu, state, given.orElse(state.linearRip()), count, out);
                });
    }

    private static int count(Arguments a) {
        String text = a.operandIfGiven(2).orElse(Integer.toString(COUNT));
        try {
            int count = Integer.parseInt(text);
            if (count >= 1 && count <= MOST) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw a.wrong("COUNT is '" + text + "', not a number in 1–" + MOST);
    }

    private static Optional<Long> address(Arguments a) {
        Optional<String> given = a.operandIfGiven(1).filter(text -> !text.equals(RIP));
        try {
            return given.map(text -> Long.parseUnsignedLong(text.replaceFirst("^0[xX]", ""), 16));
        } catch (NumberFormatException e) {
            throw a.wrong(
                    "ADDRESS is '" + given.orElseThrow() + "', not rip or a hexadecimal number");
        }
    }

    private void show(
            GuestWalk walk, int cpu, CpuState state, long address, int count, PrintStream out)
            throws Exception {
        int length = count * LONGEST;
        if (address < 0 && address + length >= 0) {
            length = (int) -address;
        }
        byte[] code = walk.read(address, length);
        if (code.length == 0) {
            throw new IllegalStateException(
                    String.format(
                            "there is no memory at %#x for vCPU %d: its page tables map nothing"
                                    + " there, or a device",
                            address, cpu));
        }
        Table table = new Table("ADDRESS", "BYTES", "INSTRUCTION");
        List<Objdump.Line> lines = objdump.disassemble(code, address, state.codeBits());
        for (Objdump.Line line : lines.subList(0, Math.min(count, lines.size()))) {
            table.row(String.format("%016x", line.address()), line.bytes(), line.text());
        }
        out.print(table);
        if (lines.size() < count) {
            out.printf("%016x  memory ends here%n", address + code.length);
        }
    }
}
