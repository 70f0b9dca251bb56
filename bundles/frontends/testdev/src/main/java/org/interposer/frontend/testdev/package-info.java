/**
 * A device for tests of engines and interrupt controllers, compatible with the {@code pc-testdev}
 * that kvm-unit-tests expect.
 *
 * <pre>
 * 0x2000+n (8 bits) ─▶ GSI n        0xe0–0xe3, 0xe8–0xeb: a latch        0xe4: forget translations
 * 0xff000000: 64 KiB of registers that keep what is written
 * </pre>
 */
package org.interposer.frontend.testdev;
