/**
 * Benchmarks of what happens inside the JVM: what a stage of a chain costs, and the file back-end
 * with and without threads of its own.
 */
package org.interposer.itests.bench;
