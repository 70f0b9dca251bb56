package org.interposer.engine.softcpu.fp;

import java.math.BigInteger;

/** A reference in big integers: rational numbers, rounded once. */
record Exact(BigInteger numerator, BigInteger denominator) {
    /** What rounding gives: significand × 2^quantum, and the flags that go with it. */
    record Rounded(BigInteger significand, int quantum, int flags) {}

    static Exact ofDouble(double value) {
        return of80(
                Float80.significand64(Double.doubleToRawLongBits(value)),
                Float80.signExponent64(Double.doubleToRawLongBits(value)));
    }

    static Exact of80(long significand, int signExponent) {
        BigInteger magnitude = new BigInteger(Long.toUnsignedString(significand));
        int power = Math.max(signExponent & 0x7FFF, 1) - 16383 - 63;
        BigInteger signed = (signExponent & 0x8000) != 0 ? magnitude.negate() : magnitude;
        return power >= 0
                ? new Exact(signed.shiftLeft(power), BigInteger.ONE)
                : new Exact(signed, BigInteger.ONE.shiftLeft(-power));
    }

    Exact plus(Exact o) {
        return new Exact(
                numerator.multiply(o.denominator).add(o.numerator.multiply(denominator)),
                denominator.multiply(o.denominator));
    }

    Exact times(Exact o) {
        return new Exact(numerator.multiply(o.numerator), denominator.multiply(o.denominator));
    }

    Exact over(Exact o) {
        BigInteger n = numerator.multiply(o.denominator);
        BigInteger d = denominator.multiply(o.numerator);
        return d.signum() < 0 ? new Exact(n.negate(), d.negate()) : new Exact(n, d);
    }

    /** The root to far more bits than any format has, and a last one where it is irrational. */
    Exact root() {
        int extra = 2 * (denominator.bitLength() + 200);
        BigInteger square = numerator.shiftLeft(extra).divide(denominator);
        BigInteger[] root = square.sqrtAndRemainder();
        boolean exact =
                root[1].signum() == 0 && numerator.shiftLeft(extra).mod(denominator).signum() == 0;
        BigInteger twice = root[0].shiftLeft(1).add(exact ? BigInteger.ZERO : BigInteger.ONE);
        return new Exact(twice, BigInteger.ONE.shiftLeft(extra / 2 + 1));
    }

    /** Rounds to a precision, not below the given exponent of the smallest normal number. */
    Rounded round(int precision, int minExponent, int mode) {
        boolean negative = numerator.signum() < 0;
        BigInteger n = numerator.abs();
        int exponent = floorLog2(n);
        Rounded unbounded = round(n, exponent - precision + 1, negative, mode);
        boolean tiny = unbounded.significand.bitLength() + unbounded.quantum - 1 < minExponent;
        if (!tiny) {
            return unbounded;
        }
        Rounded denormal = round(n, minExponent - precision + 1, negative, mode);
        int flags = denormal.flags != 0 ? denormal.flags | FloatStatus.UNDERFLOW : 0;
        return new Rounded(denormal.significand, denormal.quantum, flags);
    }

    private int floorLog2(BigInteger n) {
        int guess = n.bitLength() - denominator.bitLength();
        BigInteger scaled = guess >= 0 ? denominator.shiftLeft(guess) : denominator;
        BigInteger against = guess >= 0 ? n : n.shiftLeft(-guess);
        return against.compareTo(scaled) >= 0 ? guess : guess - 1;
    }

    private Rounded round(BigInteger n, int quantum, boolean negative, int mode) {
        BigInteger scaledN = quantum < 0 ? n.shiftLeft(-quantum) : n;
        BigInteger scaledD = quantum < 0 ? denominator : denominator.shiftLeft(quantum);
        BigInteger[] q = scaledN.divideAndRemainder(scaledD);
        int half = q[1].shiftLeft(1).compareTo(scaledD);
        boolean inexact = q[1].signum() != 0;
        boolean up;
        switch (mode) {
            case FloatStatus.NEAREST:
                up = half > 0 || half == 0 && q[0].testBit(0);
                break;
            case FloatStatus.DOWN:
                up = inexact && negative;
                break;
            case FloatStatus.UP:
                up = inexact && !negative;
                break;
            default:
                up = false;
                break;
        }
        BigInteger significand = up ? q[0].add(BigInteger.ONE) : q[0];
        return new Rounded(
                negative ? significand.negate() : significand,
                quantum,
                inexact ? FloatStatus.INEXACT : 0);
    }

    /** The nearest integer, ties to even. */
    BigInteger toInteger() {
        return round(numerator, 0, false, FloatStatus.NEAREST).significand;
    }

    /** Whether a rounded number has the value of this. */
    boolean equals(Rounded r) {
        BigInteger n = r.quantum >= 0 ? r.significand.shiftLeft(r.quantum) : r.significand;
        BigInteger d = r.quantum >= 0 ? BigInteger.ONE : BigInteger.ONE.shiftLeft(-r.quantum);
        return numerator.multiply(d).equals(n.multiply(denominator));
    }
}
