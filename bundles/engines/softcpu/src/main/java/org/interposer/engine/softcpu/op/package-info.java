/**
 * The integer instructions as operations of the interpreter tier, a class for each form where speed
 * asks for it.
 */
package org.interposer.engine.softcpu.op;
