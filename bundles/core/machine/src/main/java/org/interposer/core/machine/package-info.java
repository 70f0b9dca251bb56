/**
 * Machines: definition by configuration, life cycle, and the assembly of engine, memory, buses and
 * devices.
 */
package org.interposer.core.machine;
