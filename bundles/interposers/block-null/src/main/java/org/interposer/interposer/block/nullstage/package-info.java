/**
 * The block interposer that passes every request on unchanged; it shows what a stage costs and how
 * one is written.
 *
 * <pre>
 * configuration → NullStageProvider → open(lower) → NullStage: submit → lower.submit
 * </pre>
 */
package org.interposer.interposer.block.nullstage;
