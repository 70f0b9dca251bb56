package org.interposer.itest;

import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** Starts a container per test class and sends every call of JUnit to the class's twin in it. */
final class FelixExtension implements BeforeAllCallback, AfterAllCallback, InvocationInterceptor {
    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(FelixExtension.class);

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        Class<?> testClass = context.getRequiredTestClass();
        InFelix annotation = testClass.getAnnotation(InFelix.class);
        FelixContainer container = FelixContainer.start(testClass, annotation.properties());
        context.getStore(NAMESPACE).put(FelixContainer.class, container);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        FelixContainer container =
                context.getStore(NAMESPACE).remove(FelixContainer.class, FelixContainer.class);
        if (container != null) {
            container.close();
        }
    }

    @Override
    public void interceptBeforeAllMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        inContainer(invocation, call, context);
    }

    @Override
    public void interceptBeforeEachMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        inContainer(invocation, call, context);
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        inContainer(invocation, call, context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        inContainer(invocation, call, context);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        inContainer(invocation, call, context);
    }

    @Override
    public void interceptAfterAllMethod(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        inContainer(invocation, call, context);
    }

    private static void inContainer(
            Invocation<Void> invocation,
            ReflectiveInvocationContext<Method> call,
            ExtensionContext context)
            throws Throwable {
        invocation.skip();
        FelixContainer container =
                context.getStore(NAMESPACE).get(FelixContainer.class, FelixContainer.class);
        container.invoke(call.getExecutable(), call.getTarget(), call.getArguments().toArray());
    }
}
