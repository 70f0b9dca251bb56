/** The block interposer that passes every request on unchanged; it measures what a stage costs. */
package org.interposer.interposer.block.nullstage;
