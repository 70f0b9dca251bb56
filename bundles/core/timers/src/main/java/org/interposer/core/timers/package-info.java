/**
 * The clock of a machine and the clocks a PC has.
 *
 * <pre>
 * ComponentClockFactory ─→ ThreadedClock: guest time, one timer thread a machine
 * ComponentPlatformDevices ─→ Pit, Rtc, PowerManagement, ResetControl (front-ends)
 *
 * guest in/out → IoBus → device registers ─→ DeviceTimer.arm
 * timer thread → expiry → device registers ─→ IrqLine.set (GSI 0, 8, 9)
 * </pre>
 *
 * <p>Each device has one monitor, held for a few register operations only. It calls the interrupt
 * controller under it; the controller never calls back.
 */
package org.interposer.core.timers;
