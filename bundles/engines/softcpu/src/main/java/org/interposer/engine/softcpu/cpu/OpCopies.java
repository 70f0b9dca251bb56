package org.interposer.engine.softcpu.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodHandles.Lookup;
import java.lang.invoke.MethodType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.interposer.engine.softcpu.decode.Insn;

/**
 * Copies of a class of operations, one for each thing that it can calculate. HotSpot compiles a
 * method once and for all objects, so what differs between ADD and XOR would be a call or a branch
 * in each; a copy has machine code of its own, in which it is a constant (docs/decisions/0018). Any
 * thread.
 *
 * <p>The template is a nested class without nested classes and lambdas of its own and with a
 * constructor that takes an {@link Insn}. It has nothing private in common with the class around
 * it, and keeps what it calculates in a static final field, from {@link #calculation}.
 *
 * @param <C> what tells the copies apart; each value of it is one
 */
public final class OpCopies<C> {
    private static final MethodType CONSTRUCTOR = MethodType.methodType(void.class, Insn.class);

    private final Class<? extends Op> template;
    private final Map<C, MethodHandle> constructors = new ConcurrentHashMap<>();

    /** Of a template; a copy is made when its first operation is. */
    public OpCopies(Class<? extends Op> template) {
        this.template = template;
    }

    /** The calculation of the copy that asks: {@code lookup} is its own. */
    public static <C> C calculation(Lookup lookup, Class<C> type) {
        try {
            return MethodHandles.classData(lookup, ConstantDescs.DEFAULT_NAME, type);
        } catch (IllegalAccessException e) {
            throw new LinkageError(lookup + " is not allowed to see its own data", e);
        }
    }

    /** An operation of the copy that calculates that; the first of its kind makes the copy. */
    public Op make(C calculation, Insn i) {
        MethodHandle constructor = constructors.computeIfAbsent(calculation, this::copy);
        try {
            return (Op) constructor.invokeExact(i);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new LinkageError("the constructor of " + template + " throws", e);
        }
    }

    private MethodHandle copy(C calculation) {
        try {
            Lookup copy =
                    MethodHandles.privateLookupIn(template, MethodHandles.lookup())
                            .defineHiddenClassWithClassData(bytes(), calculation, true);
            return copy.findConstructor(copy.lookupClass(), CONSTRUCTOR)
                    .asType(MethodType.methodType(Op.class, Insn.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(template + " has no constructor for an instruction", e);
        }
    }

    private byte[] bytes() {
        String name = template.getName();
        String file = name.substring(name.lastIndexOf('.') + 1) + ".class";
        try (InputStream in = template.getResourceAsStream(file)) {
            if (in == null) {
                throw new LinkageError(file + " is not beside its package");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
