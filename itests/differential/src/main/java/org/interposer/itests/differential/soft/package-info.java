/**
 * The software CPU as one of the two processors: a vCPU over a little guest memory whose page
 * tables map what a case sees. Every exception, and the HLT on the exit page, arrives at a handler
 * of privilege 0, so the delivery is tested as well.
 */
package org.interposer.itests.differential.soft;
