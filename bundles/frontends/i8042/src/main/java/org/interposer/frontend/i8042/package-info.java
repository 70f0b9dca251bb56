/** The keyboard controller, as far as a guest needs it to reset the machine. */
package org.interposer.frontend.i8042;
