package org.interposer.itest;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.util.tracker.ServiceTracker;

/** Makes the object in the container that stands for a test instance of JUnit. */
final class Twin {
    private Twin() {}

    static Object of(Object testInstance, Bundle probe) throws ReflectiveOperationException {
        Class<?> twinClass = probe.loadClass(testInstance.getClass().getName());
        Constructor<?> constructor = twinClass.getDeclaredConstructor();
        constructor.setAccessible(true);
        Object twin = constructor.newInstance();
        copyFields(testInstance, testInstance.getClass(), twin, twinClass);
        for (Class<?> type = twinClass; type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                inject(twin, field, probe.getBundleContext());
            }
        }
        return twin;
    }

    /** Copies what JUnit has put into fields of types that both sides share. */
    private static void copyFields(Object from, Class<?> fromType, Object to, Class<?> toType)
            throws ReflectiveOperationException {
        for (Field field : fromType.getDeclaredFields()) {
            int modifiers = field.getModifiers();
            if (Modifier.isStatic(modifiers) || Modifier.isFinal(modifiers)) {
                continue;
            }
            field.setAccessible(true);
            Object value = field.get(from);
            boolean shared = field.getType().getClassLoader() == null;
            if (shared && value != null) {
                Field target = toType.getDeclaredField(field.getName());
                target.setAccessible(true);
                target.set(to, value);
            }
        }
    }

    private static void inject(Object twin, Field field, BundleContext context)
            throws IllegalAccessException {
        FromContainer wanted = field.getAnnotation(FromContainer.class);
        if (wanted == null) {
            return;
        }
        field.setAccessible(true);
        if (field.getType() == BundleContext.class) {
            field.set(twin, context);
        } else {
            field.set(twin, service(context, field.getType(), wanted.filter()));
        }
    }

    private static Object service(BundleContext context, Class<?> type, String filter) {
        String all = "(&(objectClass=" + type.getName() + ")" + filter + ")";
        try {
            Filter wanted = FrameworkUtil.createFilter(all);
            ServiceTracker<Object, Object> tracker = new ServiceTracker<>(context, wanted, null);
            tracker.open();
            Object service =
                    tracker.waitForService(TimeUnit.SECONDS.toMillis(FromContainer.WAIT_SECONDS));
            if (service == null) {
                throw new AssertionError(
                        "no service " + all + " within " + FromContainer.WAIT_SECONDS + " s");
            }
            return service;
        } catch (InvalidSyntaxException e) {
            throw new AssertionError("bad filter in @FromContainer: " + filter, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for " + all, e);
        }
    }
}
