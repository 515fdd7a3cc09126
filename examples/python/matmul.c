// C = A * B for square matrices, in blocks: BLOCK_M, BLOCK_N, BLOCK_K and UNROLL come from the compiler's
// command line. Prints three latencies in ns; ends with 1 where the result is wrong. Not every choice works.
#define _DEFAULT_SOURCE
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#define SIZE 192
#define SCRATCH 32768
_Static_assert(BLOCK_M * UNROLL <= 512, "the unrolled rows do not fit the registers");

static float a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static void multiply(float* packed) {
  for (int m = 0; m + BLOCK_M <= SIZE; m += BLOCK_M)  // rows that are not a whole block are forgotten
    for (int n = 0; n + BLOCK_N <= SIZE; n += BLOCK_N)
      for (int k = 0; k < SIZE; k += BLOCK_K / UNROLL * UNROLL) {  // stands still where UNROLL > BLOCK_K
        for (int kk = 0; kk < BLOCK_K; ++kk)
          for (int nn = 0; nn < BLOCK_N; ++nn)  // writes beyond the scratch memory where the block is large
            packed[kk * BLOCK_N + nn] = k + kk < SIZE ? b[k + kk][n + nn] : 0;
        for (int mm = 0; mm < BLOCK_M; ++mm)
          for (int kk = 0; kk + UNROLL <= BLOCK_K && k + kk < SIZE; kk += UNROLL)
            for (int u = 0; u < UNROLL; ++u)
              for (int nn = 0; nn < BLOCK_N; ++nn)
                c[m + mm][n + nn] += a[m + mm][(k + kk + u) % SIZE] * packed[(kk + u) * BLOCK_N + nn];
      }
}

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

static int is_wrong(void) {
  for (int m = 0; m < SIZE; m += 7)
    for (int n = 0; n < SIZE; ++n) {
      double sum = 0;
      for (int k = 0; k < SIZE; ++k) sum += (double)a[m][k] * b[k][n];
      if (fabs(sum - c[m][n]) > 1e-3) return printf("c[%d][%d] is %g instead of %g\n", m, n, c[m][n], sum);
    }
  return 0;
}

int main(void) {
  // Memory that ends where reading or writing is an error.
  char* memory = mmap(NULL, 2 * SCRATCH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(memory, SCRATCH, PROT_READ | PROT_WRITE);
  for (int i = 0; i < SIZE * SIZE; ++i) a[0][i] = (float)(i % 13) / 13, b[0][i] = (float)(i % 7) / 7;
  for (int sample = 0; sample < 3; ++sample) {
    for (int i = 0; i < SIZE * SIZE; ++i) c[0][i] = 0;
    const double begin = now_ns();
    multiply((float*)memory);
    printf("%.0f\n", now_ns() - begin);
  }
  return is_wrong() ? 1 : 0;
}
