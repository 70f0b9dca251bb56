/** The interrupt controllers in user space: 8259 pair, I/O APIC and local APICs. */
package org.interposer.core.irqchip;
