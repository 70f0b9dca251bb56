/**
 * Runs JUnit 5 tests inside a Felix made of the built distribution, with Pax Exam.
 *
 * <pre>
 *   JUnit -> FelixExtension -> FelixContainer: Pax Exam starts Felix with runtime/target/interposer
 *                |                 and installs the test classes as a probe bundle
 *                +-> every test method runs on its twin, loaded by the probe bundle
 * </pre>
 */
package org.interposer.itest;
