/**
 * The clocks a PC has: 8254 interval timer, CMOS real-time clock and ACPI power-management timer.
 */
package org.interposer.core.timers;
