/** The debug console on port 0xe9 and the debug exit on port 0xf4. */
package org.interposer.frontend.debug;
