package org.interposer.itest;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs the tests of a class inside Felix, one container for the class.
 *
 * <p>The class is loaded twice: by JUnit, which only looks at it, and by a bundle in the container,
 * where its methods run. Fields with {@link FromContainer} are filled there; fields of the JDK's
 * types that JUnit fills, such as {@code @TempDir}, are copied over.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(FelixExtension.class)
public @interface InFelix {
    /**
     * Framework properties besides those of {@code etc/framework.properties}.
     *
     * @return lines of the form {@code name=value}
     */
    String[] properties() default {};
}
