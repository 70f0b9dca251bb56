/**
 * The block interposer that counts requests, bytes, errors and latencies.
 *
 * <pre>
 * configuration → MeterProvider → open(lower) → MeterStage
 *   submit:    push(completion, now) → lower
 *   completed: OperationMeter of the operation: count, bytes, errors, histogram → passed on up
 * meter:reset → MeterCommands → MeterProvider → all its stages
 * </pre>
 *
 * <p>Counting takes no lock and allocates nothing.
 */
package org.interposer.interposer.block.meter;
