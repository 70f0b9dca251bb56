/**
 * The state of a vCPU, its way to memory, its decoded code, and the contract of an operation.
 * Fields are public inside the bundle because they are the operands of several hundred operations.
 */
package org.interposer.engine.softcpu.cpu;
