/* SSE to SSE4.2 through intrinsics; each line is the checksum of one operation on many inputs. */
#include <nmmintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t seed = 1442695040888963407, sum;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static __m128i any(void)
{
    uint64_t value = next();
    if ((value & 7) == 0)
        return _mm_set1_epi8((char)(value >> 8));
    if ((value & 7) == 1)
        return _mm_set1_epi16((short)0x8000);
    return _mm_set_epi64x((long long)next(), (long long)next());
}

/* Numbers of moderate size, so that no result is a NaN. */
static __m128 floats(void)
{
    return _mm_div_ps(_mm_cvtepi32_ps(any()), _mm_set1_ps(4096));
}

static __m128d doubles(void)
{
    return _mm_mul_pd(_mm_cvtepi32_pd(any()), _mm_set_pd(3.0517578125e-05, 7));
}

static void take(__m128i value)
{
    uint64_t words[2];
    memcpy(words, &value, sizeof words);
    sum = (sum ^ words[0]) * 0x100000001b3 + (sum >> 47);
    sum = (sum ^ words[1]) * 0x100000001b3 + (sum >> 47);
}

#define AS_FLOATS(x) _mm_castps_si128(x)
#define AS_DOUBLES(x) _mm_castpd_si128(x)
#define NUMBER(x) _mm_cvtsi64_si128((long long)(x))
#define LINE(name, expression)                                          \
    do {                                                                \
        sum = 0;                                                        \
        for (int i = 0; i < 400; i++) {                                 \
            __m128i a = any(), b = any();                               \
            __m128 f = floats(), g = floats();                          \
            __m128d d = doubles(), e = doubles();                       \
            (void)a, (void)b, (void)f, (void)g, (void)d, (void)e;       \
            take(expression);                                           \
        }                                                               \
        printf("%-12s %016llx\n", name, (unsigned long long)sum);       \
    } while (0)
#define INTEGER(name) LINE(#name, _mm_##name(a, b))

static void integers(void)
{
    INTEGER(add_epi8); INTEGER(add_epi16); INTEGER(add_epi32); INTEGER(add_epi64);
    INTEGER(adds_epi8); INTEGER(adds_epu8); INTEGER(adds_epi16); INTEGER(adds_epu16);
    INTEGER(sub_epi8); INTEGER(sub_epi16); INTEGER(sub_epi32); INTEGER(sub_epi64);
    INTEGER(subs_epi8); INTEGER(subs_epu8); INTEGER(subs_epi16); INTEGER(subs_epu16);
    INTEGER(mullo_epi16); INTEGER(mulhi_epi16); INTEGER(mulhi_epu16); INTEGER(mul_epu32); INTEGER(madd_epi16);
    INTEGER(avg_epu8); INTEGER(avg_epu16); INTEGER(sad_epu8);
    INTEGER(min_epu8); INTEGER(max_epu8); INTEGER(min_epi16); INTEGER(max_epi16);
    INTEGER(cmpeq_epi8); INTEGER(cmpeq_epi16); INTEGER(cmpeq_epi32); INTEGER(cmpgt_epi8); INTEGER(cmpgt_epi16); INTEGER(cmpgt_epi32);
    INTEGER(and_si128); INTEGER(andnot_si128); INTEGER(or_si128); INTEGER(xor_si128);
    INTEGER(packs_epi16); INTEGER(packs_epi32); INTEGER(packus_epi16);
    INTEGER(unpacklo_epi8); INTEGER(unpackhi_epi8); INTEGER(unpacklo_epi16); INTEGER(unpackhi_epi16);
    INTEGER(unpacklo_epi32); INTEGER(unpackhi_epi32); INTEGER(unpacklo_epi64); INTEGER(unpackhi_epi64);
    LINE("shifts", _mm_xor_si128(_mm_slli_epi16(a, 3), _mm_xor_si128(_mm_srai_epi32(b, 7), _mm_srli_epi64(a, 21))));
    LINE("shift-count", _mm_sll_epi32(a, _mm_srli_epi64(b, 58)));
    LINE("shift-sra", _mm_sra_epi16(a, _mm_srli_epi64(b, 59)));
    LINE("bytes", _mm_xor_si128(_mm_slli_si128(a, 5), _mm_srli_si128(b, 11)));
    LINE("pshufd", _mm_shuffle_epi32(a, 0x1b));
    LINE("pshufhw", _mm_shufflehi_epi16(_mm_shufflelo_epi16(a, 0x63), 0x9c));
    LINE("pmovmskb", NUMBER(_mm_movemask_epi8(a)));
    LINE("pinsrw", _mm_insert_epi16(a, _mm_extract_epi16(b, 3), 6));
}

static void later_integers(void)
{
    INTEGER(shuffle_epi8); INTEGER(hadd_epi16); INTEGER(hadd_epi32); INTEGER(hadds_epi16); INTEGER(hsub_epi16); INTEGER(hsub_epi32);
    INTEGER(hsubs_epi16); INTEGER(maddubs_epi16); INTEGER(mulhrs_epi16); INTEGER(sign_epi8); INTEGER(sign_epi16); INTEGER(sign_epi32);
    LINE("pabs", _mm_xor_si128(_mm_abs_epi8(a), _mm_xor_si128(_mm_abs_epi16(b), _mm_abs_epi32(a))));
    LINE("palignr", _mm_xor_si128(_mm_alignr_epi8(a, b, 5), _mm_alignr_epi8(b, a, 20)));
    INTEGER(mullo_epi32); INTEGER(mul_epi32); INTEGER(packus_epi32); INTEGER(cmpeq_epi64); INTEGER(cmpgt_epi64);
    INTEGER(min_epi8); INTEGER(max_epi8); INTEGER(min_epu16); INTEGER(max_epu16); INTEGER(min_epi32); INTEGER(max_epi32);
    INTEGER(min_epu32); INTEGER(max_epu32);
    LINE("pmovsx", _mm_xor_si128(_mm_cvtepi8_epi16(a), _mm_xor_si128(_mm_cvtepi16_epi32(b), _mm_cvtepi8_epi64(a))));
    LINE("pmovzx", _mm_xor_si128(_mm_cvtepu8_epi32(a), _mm_xor_si128(_mm_cvtepu32_epi64(b), _mm_cvtepu16_epi64(a))));
    LINE("phminposuw", _mm_minpos_epu16(a));
    LINE("mpsadbw", _mm_xor_si128(_mm_mpsadbw_epu8(a, b, 5), _mm_mpsadbw_epu8(b, a, 2)));
    LINE("pblend", _mm_xor_si128(_mm_blend_epi16(a, b, 0x5a), _mm_blendv_epi8(a, b, _mm_cmpgt_epi8(a, b))));
    LINE("ptest", NUMBER(_mm_testz_si128(a, b) + 2 * _mm_testc_si128(a, b) + 4 * _mm_testnzc_si128(a, b)));
    LINE("pextr", NUMBER(_mm_extract_epi8(a, 13) + 256 * _mm_extract_epi32(b, 2)));
    LINE("pinsr", _mm_insert_epi64(_mm_insert_epi8(a, 77, 9), _mm_extract_epi64(b, 1), 0));
    LINE("crc32", NUMBER(_mm_crc32_u64(_mm_crc32_u8((unsigned)_mm_cvtsi128_si32(a), (unsigned char)i), (uint64_t)_mm_cvtsi128_si64(b))));
    LINE("popcnt", NUMBER(_mm_popcnt_u64((uint64_t)_mm_cvtsi128_si64(a)) + 100 * _mm_popcnt_u32((unsigned)_mm_cvtsi128_si32(b))));
}

#define TEXT(bits) _mm_and_si128(bits, _mm_set1_epi8(3))
static void texts(void)
{
    LINE("pcmpistri", NUMBER(_mm_cmpistri(TEXT(a), TEXT(b), _SIDD_CMP_EQUAL_ANY) + 100 * _mm_cmpistri(TEXT(a), TEXT(b), _SIDD_CMP_EQUAL_ORDERED)));
    LINE("pcmpistri2", NUMBER(_mm_cmpistri(TEXT(a), b, _SIDD_CMP_RANGES | _SIDD_NEGATIVE_POLARITY) + 100 * _mm_cmpistrc(TEXT(a), TEXT(b), _SIDD_CMP_EQUAL_EACH | _SIDD_MOST_SIGNIFICANT)));
    LINE("pcmpistrm", _mm_cmpistrm(TEXT(a), TEXT(b), _SIDD_UWORD_OPS | _SIDD_CMP_EQUAL_EACH | _SIDD_UNIT_MASK));
    LINE("pcmpestri", NUMBER(_mm_cmpestri(TEXT(a), i % 20, TEXT(b), i % 13, _SIDD_CMP_EQUAL_ORDERED) + 100 * _mm_cmpestrz(a, i % 20, b, i % 17, _SIDD_CMP_RANGES)));
    LINE("pcmpestrm", _mm_cmpestrm(TEXT(a), i % 20, TEXT(b), i % 13, _SIDD_CMP_EQUAL_ANY | _SIDD_MASKED_NEGATIVE_POLARITY | _SIDD_BIT_MASK));
}

#define SINGLE(name) LINE(#name, AS_FLOATS(_mm_##name(f, g)))
#define DOUBLE(name) LINE(#name, AS_DOUBLES(_mm_##name(d, e)))

static void numbers(void)
{
    SINGLE(add_ps); SINGLE(sub_ps); SINGLE(mul_ps); SINGLE(min_ps); SINGLE(max_ps); SINGLE(add_ss); SINGLE(mul_ss);
    LINE("div_ps", AS_FLOATS(_mm_div_ps(f, _mm_add_ps(_mm_mul_ps(g, g), _mm_set1_ps(0.5f)))));
    LINE("sqrt_ps", AS_FLOATS(_mm_sqrt_ps(_mm_mul_ps(f, f))));
    SINGLE(cmplt_ps); SINGLE(cmpeq_ps); SINGLE(cmpnle_ps); SINGLE(cmpord_ps); SINGLE(unpacklo_ps); SINGLE(unpackhi_ps); SINGLE(movehl_ps);
    SINGLE(hadd_ps); SINGLE(hsub_ps); SINGLE(addsub_ps);
    LINE("shufps", AS_FLOATS(_mm_shuffle_ps(f, g, 0xb1)));
    LINE("dpps", AS_FLOATS(_mm_dp_ps(_mm_round_ps(f, 8), _mm_round_ps(g, 8), 0x7d)));
    LINE("blendps", AS_FLOATS(_mm_blend_ps(f, g, 6)));
    LINE("insertps", AS_FLOATS(_mm_insert_ps(f, g, 0x98)));
    LINE("roundps", AS_FLOATS(_mm_add_ps(_mm_floor_ps(f), _mm_add_ps(_mm_ceil_ps(g), _mm_round_ps(f, 11)))));
    LINE("movmskps", NUMBER(_mm_movemask_ps(f)));
    DOUBLE(add_pd); DOUBLE(sub_pd); DOUBLE(mul_pd); DOUBLE(min_pd); DOUBLE(max_pd); DOUBLE(add_sd); DOUBLE(mul_sd);
    LINE("div_pd", AS_DOUBLES(_mm_div_pd(d, _mm_add_pd(_mm_mul_pd(e, e), _mm_set1_pd(0.5)))));
    LINE("sqrt_pd", AS_DOUBLES(_mm_sqrt_pd(_mm_mul_pd(d, d))));
    DOUBLE(cmplt_pd); DOUBLE(cmpneq_pd); DOUBLE(unpacklo_pd); DOUBLE(hadd_pd); DOUBLE(addsub_pd);
    LINE("roundpd", AS_DOUBLES(_mm_round_pd(_mm_mul_pd(d, _mm_set1_pd(0.37)), 9)));
    LINE("dppd", AS_DOUBLES(_mm_dp_pd(d, e, 0x31)));
}

static void conversions(void)
{
    LINE("cvtps2dq", _mm_cvtps_epi32(f));
    LINE("cvttps2dq", _mm_cvttps_epi32(f));
    LINE("cvtpd2dq", _mm_cvtpd_epi32(d));
    LINE("cvttpd2dq", _mm_cvttpd_epi32(d));
    LINE("cvtpd2ps", AS_FLOATS(_mm_cvtpd_ps(d)));
    LINE("cvtps2pd", AS_DOUBLES(_mm_cvtps_pd(f)));
    LINE("cvtsd2si", NUMBER(_mm_cvtsd_si64(d) + 3 * _mm_cvttsd_si64(e)));
    LINE("cvtss2si", NUMBER(_mm_cvtss_si32(f) + 3 * _mm_cvttss_si32(g)));
    LINE("cvtsi2sd", AS_DOUBLES(_mm_cvtsi64_sd(d, (long long)next())));
    LINE("comisd", NUMBER(_mm_comilt_sd(d, e) + 2 * _mm_comieq_sd(d, d) + 4 * _mm_ucomigt_sd(d, e) + 8 * _mm_comige_ss(f, g)));
    for (unsigned mode = 0; mode < 4; mode++) {
        _MM_SET_ROUNDING_MODE(mode << 13);
        LINE("mode-ps", AS_FLOATS(_mm_add_ps(_mm_cvtepi32_ps(a), _mm_mul_ps(f, g))));
        LINE("mode-dq", _mm_cvtps_epi32(f));
    }
    _MM_SET_ROUNDING_MODE(_MM_ROUND_NEAREST);
    _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_ON);
    LINE("flush-zero", AS_FLOATS(_mm_mul_ps(_mm_castsi128_ps(_mm_and_si128(a, _mm_set1_epi32((int)0x80ffffff))), _mm_set1_ps(0.25f))));
    _MM_SET_FLUSH_ZERO_MODE(_MM_FLUSH_ZERO_OFF);
    LINE("denormals", AS_FLOATS(_mm_mul_ps(_mm_castsi128_ps(_mm_and_si128(a, _mm_set1_epi32((int)0x80ffffff))), _mm_set1_ps(0.25f))));
}

int main(void)
{
    integers();
    later_integers();
    texts();
    numbers();
    conversions();
    return 0;
}
