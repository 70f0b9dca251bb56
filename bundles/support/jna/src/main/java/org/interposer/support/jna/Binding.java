package org.interposer.support.jna;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import org.slf4j.LoggerFactory;

/**
 * Binds the native methods of a class to the C library while somebody uses them, and leaves nothing
 * behind that would keep the class, its loader and so the old bundle after an update
 * (docs/decisions/0008). Any thread.
 */
public final class Binding {
    private final Class<?> bound;
    private int users;

    /** Held while bound: JNA's cleaner thread lives as long as there is something to clean. */
    private Optional<NativeLibrary> library = Optional.empty();

    /**
     * Of a class of native methods; binds nothing yet.
     *
     * @param bound declares the methods as static and native, with the C library's names
     */
    public Binding(Class<?> bound) {
        this.bound = bound;
    }

    /** Makes the methods usable until as many {@link #release} have followed. */
    public synchronized void acquire() {
        if (users == 0) {
            library = Optional.of(openLibrary());
            // SAFETY: the class declares the signatures and answers for them.
            Native.register(bound, library.get());
        }
        users++;
    }

    /**
     * The last user undoes the registration, which JNA would keep for ever: itself, and the options
     * of the class, a value in a WeakHashMap that mentions its own key.
     */
    public synchronized void release() {
        if (--users > 0) {
            return;
        }
        Native.unregister(bound);
        library = Optional.empty();
        try {
            Field options = Native.class.getDeclaredField("typeOptions");
            options.setAccessible(true);
            ((Map<?, ?>) options.get(null)).remove(bound);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LoggerFactory.getLogger(bound)
                    .debug("this JNA keeps its options elsewhere; updates may leak memory", e);
        }
    }

    /**
     * Opened on a thread of the JDK, by classes of the JDK and JNA alone: before JDK 24 the cleaner
     * thread that JNA may start here remembers the class loaders on the stack.
     */
    @SuppressWarnings("unchecked")
    private static NativeLibrary openLibrary() {
        ForkJoinPool pool = new ForkJoinPool(1);
        try {
            MethodType type = MethodType.methodType(NativeLibrary.class, String.class);
            MethodHandle open =
                    MethodHandles.publicLookup()
                            .findStatic(NativeLibrary.class, "getInstance", type);
            Callable<NativeLibrary> task =
                    MethodHandleProxies.asInterfaceInstance(
                            Callable.class, MethodHandles.insertArguments(open, 0, "c"));
            return pool.submit(task).join();
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this JNA has no NativeLibrary.getInstance", e);
        } finally {
            pool.shutdown();
        }
    }
}
