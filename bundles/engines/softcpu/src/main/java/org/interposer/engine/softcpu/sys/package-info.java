/** The privileged part: segments, gates, interrupts, control registers, MSRs, ports. */
package org.interposer.engine.softcpu.sys;
