package org.interposer.engine.kvm;

import com.sun.jna.Function;
import com.sun.jna.JNIEnv;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * KVM_RUN, the one call on the way of every exit. JNA gets there through libffi twice and fetches
 * errno, which costs more than all that the engine does besides; here the JVM calls a few
 * instructions that make the system call (docs/decisions/0017). JNA does it where that cannot be
 * set up.
 */
final class RunCall {
    private static final Logger LOG = LoggerFactory.getLogger(RunCall.class);
    private static final int PAGE = 4096;
    private static final int PROT_EXEC = 4;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

    /** Of the table of functions that a JNIEnv points to (JNI specification, chapter 4). */
    private static final int REGISTER_NATIVES = 215, UNREGISTER_NATIVES = 216;

    /**
     * {@code int direct(JNIEnv *, jclass, int fd)} in the System V calling convention: {@code mov
     * edi, edx; mov esi, KVM_RUN; xor edx, edx; mov eax, SYS_ioctl; syscall; ret}.
     */
    private static final byte[] CODE = {
        (byte) 0x89,
        (byte) 0xd7,
        (byte) 0xbe,
        (byte) 0x80,
        (byte) 0xae,
        0,
        0,
        0x31,
        (byte) 0xd2,
        (byte) 0xb8,
        0x10,
        0,
        0,
        0,
        0x0f,
        0x05,
        (byte) 0xc3
    };

    private static volatile boolean direct;
    private static long code;
    private static int users;

    private RunCall() {}

    /** Runs a vCPU until its next exit; 0, or what errno says, negative. */
    static int run(int fd) {
        if (direct) {
            return direct(fd);
        }
        int result = Libc.ioctl(fd, Kvm.KVM_RUN, 0);
        return result < 0 ? -Libc.errno() : result;
    }

    private static native int direct(int fd);

    /** Whether the way without JNA is in use. */
    static boolean isDirect() {
        return direct;
    }

    /**
     * Makes vCPUs, and all of {@link Libc}, usable until as many {@link #release} have followed.
     */
    static synchronized void acquire() {
        Libc.acquire();
        if (users++ == 0) {
            install();
        }
    }

    /** Ends a use. */
    static synchronized void release() {
        if (--users == 0) {
            uninstall();
        }
        Libc.release();
    }

    /** Sets up the way without JNA. */
    static void install() {
        try {
            code = mapCode();
            if (code != 0) {
                register(code);
                direct = true;
            }
        } catch (RuntimeException | Error e) {
            LOG.warn("KVM_RUN goes through JNA, which is slower: {}", e.toString());
        }
    }

    /** Takes it down again; nobody runs a vCPU any more. */
    static void uninstall() {
        if (direct) {
            direct = false;
            // SAFETY: the arguments are those of UnregisterNatives.
            jni(UNREGISTER_NATIVES, JNIEnv.CURRENT, RunCall.class);
        }
        if (code != 0) {
            // SAFETY: the mapping is ours, and no method leads there any more.
            Libc.munmap(code, PAGE);
            code = 0;
        }
    }

    /** Address of the instructions; 0 where the host does not let us make any. */
    private static long mapCode() {
        int writable = Libc.PROT_READ | Libc.PROT_WRITE;
        // SAFETY: a new mapping, never writable and executable at once.
        long page = Libc.mmap(0, PAGE, writable, MAP_PRIVATE_ANONYMOUS, -1, 0);
        if (page == -1) {
            return 0;
        }
        new Pointer(page).write(0, CODE, 0, CODE.length);
        if (Libc.mprotect(page, PAGE, Libc.PROT_READ | PROT_EXEC) != 0) {
            LOG.info("KVM_RUN goes through JNA: {}", Libc.describe(Libc.errno()));
            Libc.munmap(page, PAGE);
            return 0;
        }
        return page;
    }

    private static void register(long address) {
        try (Memory method = new Memory(3 * Long.BYTES);
                Memory name = string("direct");
                Memory signature = string("(I)I")) {
            method.setPointer(0, name);
            method.setPointer(Long.BYTES, signature);
            method.setLong(2 * Long.BYTES, address);
            // SAFETY: one JNINativeMethod whose code has the signature that it states.
            int result = jni(REGISTER_NATIVES, JNIEnv.CURRENT, RunCall.class, method, 1);
            if (result != 0) {
                throw new IllegalStateException("RegisterNatives gave " + result);
            }
        }
    }

    private static Memory string(String text) {
        Memory memory = new Memory(text.length() + 1L);
        memory.setString(0, text);
        return memory;
    }

    /** Calls a function of the JNIEnv's table. */
    private static int jni(int index, Object... arguments) {
        Map<String, ?> objects = Map.of(Library.OPTION_ALLOW_OBJECTS, true);
        // A function that gives back what it is given tells the address of this thread's JNIEnv.
        Function labs = NativeLibrary.getInstance("c").getFunction("labs");
        long env = (Long) labs.invoke(Long.class, new Object[] {JNIEnv.CURRENT}, objects);
        // SAFETY: a JNIEnv points to the table, which has an entry for each function of JNI 1.1.
        long table = new Pointer(env).getLong(0);
        long function = new Pointer(table).getLong((long) index * Long.BYTES);
        return (Integer)
                Function.getFunction(new Pointer(function))
                        .invoke(Integer.class, arguments, objects);
    }
}
