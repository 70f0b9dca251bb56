package org.interposer.itest;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A field that is filled before a test: with the bundle context if it is of that type, else with
 * the best service of the field's type, for which the test waits up to {@value #WAIT_SECONDS} s.
 */
@Documented
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface FromContainer {
    /** How long a test waits for a service, in seconds. */
    int WAIT_SECONDS = 10;

    /**
     * Narrows the service.
     *
     * @return an LDAP filter over the service's properties; empty for any
     */
    String filter() default "";
}
