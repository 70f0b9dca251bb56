/** The 16550 serial port a guest sees as its console. */
package org.interposer.frontend.serial;
