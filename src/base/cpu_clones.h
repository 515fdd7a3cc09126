#pragma once

/// Before a function: it is compiled for CPUs with AVX2 too, and the fitting one is chosen as the program is
/// loaded. Sanitizers cannot be combined with functions that are chosen then.
/// TAMIS_WIDE_CLONES: for CPUs with AVX-512 as well, which pays where nothing but arithmetic is done. The
/// results are the same, as sources are compiled without fused multiplications.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define TAMIS_CLONES __attribute__((target_clones("avx2", "default")))
#define TAMIS_WIDE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TAMIS_CLONES
#define TAMIS_WIDE_CLONES
#endif
