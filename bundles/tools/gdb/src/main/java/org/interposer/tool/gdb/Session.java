package org.interposer.tool.gdb;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.interposer.api.engine.CpuState;
import org.interposer.api.engine.Watchpoint;
import org.interposer.api.machine.Machine;
import org.interposer.api.machine.MachineDebug;
import org.interposer.api.machine.MachineException;
import org.interposer.api.machine.MachineOutcome;

/**
 * One gdb at one machine. Threads are vCPUs, numbered from 1. Packets are answered on the
 * connection's thread; stops are told from the machine's control thread.
 */
final class Session {
    private static final String OK = "OK", UNKNOWN = "", ERROR = "E01", NO_ANSWER = "\0";
    private static final int SIGINT = 2, SIGTRAP = 5, SIGKILL = 9, SIGSEGV = 11;

    private final Machine machine;
    private final MachineDebug debug;
    private final int cpus;
    private final Packets packets;
    private final Stops stops = new Stops();
    private int current;
    private volatile boolean running;
    private volatile int stoppedCpu;
    private boolean leaves;

    Session(Machine machine, MachineDebug debug, Packets packets, boolean running) {
        this.machine = machine;
        this.debug = debug;
        this.packets = packets;
        this.running = running;
        cpus = machine.info().cpus();
    }

    /** Answers packets until gdb detaches or goes. */
    void run() throws IOException {
        while (!leaves) {
            byte[] packet = packets.read();
            String answer = packet == Packets.INTERRUPTED ? interrupted() : answer(packet);
            if (!answer.equals(NO_ANSWER)) {
                packets.write(answer);
                if (answer.equals(OK) && text(packet).equals("QStartNoAckMode")) {
                    packets.withoutAcknowledgements();
                }
            }
        }
    }

    /** The machine has come to what gdb waits for. Control thread. */
    void stopped(int cpu, Optional<Watchpoint> watched) {
        if (claimStop()) {
            stoppedCpu = cpu;
            tell(stop(SIGTRAP) + watched.map(Stops::reason).orElse(""));
        }
    }

    /** Whether the caller is the one to tell gdb of this stop: there is one reply to it. */
    private synchronized boolean claimStop() {
        boolean was = running;
        running = false;
        return was;
    }

    /**
     * The run is over: a crash is to gdb as if a signal had ended the process, the rest has an exit
     * status. Control thread.
     */
    void ended(MachineOutcome how) {
        if (claimStop()) {
            tell(
                    how instanceof MachineOutcome.Crashed
                            ? "X%02x".formatted(SIGSEGV)
                            : "W%02x".formatted(how.exitStatus()));
        }
    }

    private void tell(String packet) {
        try {
            packets.write(packet);
        } catch (IOException e) {
            // gdb has gone; its own thread sees it, too.
            running = false;
        }
    }

    private String stop(int signal) {
        current = stoppedCpu;
        return "T%02xthread:%x;".formatted(signal, stoppedCpu + 1);
    }

    private static String text(byte[] packet) {
        return new String(packet, StandardCharsets.ISO_8859_1);
    }

    private String interrupted() {
        if (!running) {
            return NO_ANSWER;
        }
        try {
            debug.pause();
            return claimStop() ? stop(SIGINT) : NO_ANSWER;
        } catch (MachineException e) {
            return claimStop() ? "X%02x".formatted(SIGKILL) : NO_ANSWER;
        }
    }

    private String answer(byte[] packet) {
        String text = text(packet);
        if (text.isEmpty()) {
            return UNKNOWN;
        }
        try {
            return switch (text.charAt(0)) {
                case '?' -> question();
                case 'g' -> Hex.of(Registers.all(debug.state(current)));
                case 'G' -> setAll(text.substring(1));
                case 'p' -> Hex.of(Registers.get(debug.state(current), register(text)));
                case 'P' -> set(text);
                case 'm' -> read(text.substring(1));
                case 'M' -> write(text.substring(1));
                case 'X' -> writeBinary(packet, text);
                case 'Z', 'z' -> stopAt(text);
                case 'c', 'C' -> go(-1);
                case 's', 'S' -> go(current);
                case 'v' -> verbose(text);
                case 'H' -> choose(text);
                case 'T' -> isThread(thread(text.substring(1))) ? OK : ERROR;
                case 'q', 'Q' -> query(text);
                case 'D' -> leave(OK);
                case 'k' -> kill(NO_ANSWER);
                default -> UNKNOWN;
            };
        } catch (MachineException e) {
            return "E." + e.getMessage().replaceAll("[$#}*]", " ");
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return ERROR; // A packet that is not well formed.
        }
    }

    private String question() throws MachineException {
        if (running) {
            debug.pause();
            return claimStop() ? stop(SIGTRAP) : NO_ANSWER;
        }
        return stop(SIGTRAP);
    }

    private String setAll(String hex) throws MachineException {
        debug.state(current, Registers.withAll(debug.state(current), Hex.bytes(hex)));
        return OK;
    }

    private static int register(String text) {
        int number = (int) Hex.number(text.substring(1));
        if (number >= Registers.COUNT) {
            throw new IllegalArgumentException("register " + number);
        }
        return number;
    }

    private String set(String text) throws MachineException {
        int equals = text.indexOf('=');
        int number = register(text.substring(0, equals));
        byte[] value = Hex.bytes(text.substring(equals + 1));
        if (!Registers.isWritable(number) || value.length != Registers.size(number)) {
            return ERROR;
        }
        debug.state(current, Registers.with(debug.state(current), number, value));
        return OK;
    }

    private VirtualMemory memory() throws MachineException {
        CpuState state = debug.state(current);
        return new VirtualMemory(
                machine.memory()
                        .orElseThrow(
                                () ->
                                        new MachineException(
                                                "machine '" + machine.name() + "' does not run")),
                state);
    }

    private String read(String text) throws MachineException {
        String[] parts = text.split(",");
        long wanted = Hex.number(parts[1]);
        int length = (int) Math.min(wanted, Packets.LONGEST / 2);
        if (length < 0) {
            return ERROR;
        }
        byte[] bytes = memory().read(Hex.number(parts[0]), length);
        return bytes.length == 0 && length > 0 ? ERROR : Hex.of(bytes);
    }

    private String write(String text) throws MachineException {
        String[] parts = text.split("[,:]", 3);
        byte[] bytes = Hex.bytes(parts[2]);
        return memory().write(Hex.number(parts[0]), bytes) ? OK : ERROR;
    }

    private String writeBinary(byte[] packet, String text) throws MachineException {
        int colon = text.indexOf(':');
        String[] parts = text.substring(1, colon).split(",");
        byte[] bytes = Arrays.copyOfRange(packet, colon + 1, packet.length);
        return bytes.length == 0 || memory().write(Hex.number(parts[0]), bytes) ? OK : ERROR;
    }

    private String stopAt(String text) throws MachineException {
        return stops.change(debug, text) ? OK : UNKNOWN;
    }

    /** Runs on, one vCPU by one instruction if it is not −1. */
    private String go(int stepping) throws MachineException {
        running = true;
        try {
            if (stepping < 0) {
                debug.resume(current);
            } else {
                debug.step(stepping);
            }
        } catch (MachineException e) {
            running = false;
            throw e;
        }
        return NO_ANSWER;
    }

    private String verbose(String text) throws MachineException {
        if (text.equals("vCont?")) {
            return "vCont;c;C;s;S";
        }
        if (text.startsWith("vCont;")) {
            for (String action : text.substring(6).split(";")) {
                if (action.startsWith("s") || action.startsWith("S")) {
                    int colon = action.indexOf(':');
                    return go(colon < 0 ? current : thread(action.substring(colon + 1)));
                }
            }
            return go(-1);
        }
        return text.startsWith("vKill") ? kill(OK) : UNKNOWN;
    }

    private String choose(String text) {
        int cpu = thread(text.substring(2));
        if (!isThread(cpu)) {
            return ERROR;
        }
        current = cpu;
        return OK;
    }

    private boolean isThread(int cpu) {
        return cpu >= 0 && cpu < cpus;
    }

    /** A vCPU by gdb's thread; any or all (0, −1) is the one it looks at now. */
    private int thread(String text) {
        return text.equals("0") || text.equals("-1") ? current : (int) Hex.number(text) - 1;
    }

    private String query(String text) {
        if (text.startsWith("qSupported")) {
            return "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+"
                    .formatted(Packets.LONGEST);
        }
        if (text.startsWith("qXfer:features:read:target.xml:")) {
            return part(Registers.description(), text.substring(text.lastIndexOf(':') + 1));
        }
        return switch (text) {
            case "QStartNoAckMode" -> OK;
            case "qAttached" -> "1";
            case "qC" -> "QC%x".formatted(current + 1);
            case "qfThreadInfo" -> "m" + threads();
            case "qsThreadInfo" -> "l";
            default -> text.startsWith("qThreadExtraInfo,") ? extra(text) : UNKNOWN;
        };
    }

    private String threads() {
        return IntStream.rangeClosed(1, cpus)
                .mapToObj(Integer::toHexString)
                .collect(Collectors.joining(","));
    }

    private String extra(String text) {
        String name = "vCPU " + thread(text.substring(text.indexOf(',') + 1));
        return Hex.of(name.getBytes(StandardCharsets.US_ASCII));
    }

    private static String part(String whole, String range) {
        String[] parts = range.split(",");
        int from = (int) Hex.number(parts[0]);
        int to = (int) Math.min(whole.length(), from + Hex.number(parts[1]));
        if (from >= whole.length()) {
            return "l";
        }
        return (to == whole.length() ? "l" : "m") + whole.substring(from, to);
    }

    private String leave(String answer) {
        leaves = true;
        return answer;
    }

    /** The answer goes first: the end of the machine closes the connection. */
    private String kill(String answer) throws MachineException {
        leaves = true;
        running = false;
        if (!answer.equals(NO_ANSWER)) {
            tell(answer);
        }
        machine.stop();
        return NO_ANSWER;
    }
}
