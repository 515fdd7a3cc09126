/* Tunes the blocks of a matrix transposition in its own process through the C interface: transpose LOG TRIALS
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <tamis.h>
#include <time.h>

enum { SIZE = 768, SCRATCH = 4096 };

static float input[SIZE * SIZE], output[SIZE * SIZE];

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e9 * (double)time.tv_sec + (double)time.tv_nsec;
}

static int smaller(int a, int b) { return a < b ? a : b; }

/* Through a copy of a block, which must fit; false where it does not. */
static bool transpose(int rows, int columns, bool by_rows) {
  static float block[SCRATCH];
  if (rows * columns > SCRATCH) return false;
  for (int i = 0; i < SIZE; i += rows)
    for (int j = 0; j < SIZE; j += columns) {
      const int height = smaller(rows, SIZE - i), width = smaller(columns, SIZE - j);
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) block[x * rows + y] = input[(i + y) * SIZE + j + x];
      if (by_rows) {
        for (int x = 0; x < width; ++x)
          for (int y = 0; y < height; ++y) output[(j + x) * SIZE + i + y] = block[x * rows + y];
      } else {
        for (int y = 0; y < height; ++y)
          for (int x = 0; x < width; ++x) output[(j + x) * SIZE + i + y] = block[x * rows + y];
      }
    }
  return true;
}

static bool try_config(tamis_study* study, const tamis_config* config, tamis_error** error) {
  const int rows = (int)tamis_config_integer(config, "rows", error);
  const int columns = (int)tamis_config_integer(config, "columns", error);
  const bool by_rows = tamis_config_text(config, "order", error)[0] == 'r';
  const double begin = now_ns();
  if (!transpose(rows, columns, by_rows))
    return tamis_study_tell_failure(study, config, TAMIS_RESOURCE_EXCEEDED, "the block is too large", error);
  const double latency = now_ns() - begin;
  for (int i = 0; i < SIZE * SIZE; i += 97)
    if (output[i % SIZE * SIZE + i / SIZE] != input[i])
      return tamis_study_tell_failure(study, config, TAMIS_WRONG_RESULT, NULL, error);
  return tamis_study_tell_latency(study, config, latency, error);
}

static void search(tamis_study* study, uint64_t trials, tamis_error** error) {
  tamis_counts counts = {.size = sizeof counts};
  for (tamis_study_counts(study, &counts); counts.trials < trials; tamis_study_counts(study, &counts)) {
    tamis_config* configs[8];
    const size_t asked = tamis_study_ask(study, 8, configs, error);
    if (asked == 0) break;
    for (size_t i = 0; i < asked; ++i) {
      if (*error == NULL) try_config(study, configs[i], error);
      tamis_config_free(configs[i]);
    }
    if (*error != NULL) break;
  }
  double latency = 0;
  tamis_config* best = tamis_study_best(study, &latency, error);
  if (best != NULL)
    printf("%llu trials, %llu invalid: %.0f us with %s\n", (unsigned long long)counts.trials,
           (unsigned long long)counts.invalid, latency / 1e3, tamis_config_describe(best));
  tamis_config_free(best);
}

int main(int count, char** arguments) {
  if (count != 3) return puts("usage: transpose LOG TRIALS"), 2;
  for (int i = 0; i < SIZE * SIZE; ++i) input[i] = (float)i;
  tamis_error* error = NULL;
  tamis_space* space = tamis_space_parse(
      "tamis: 1\n"
      "knobs:\n"
      "  rows: [1, 2, 4, 8, 16, 32, 64, 128, 256]\n"
      "  columns: [1, 2, 4, 8, 16, 32, 64, 128, 256]\n"
      "  order: [rows, columns]\n",
      &error);
  const tamis_study_options options = {
      .size = sizeof options, .name = "transpose", .log = arguments[1], .resume = true};
  tamis_study* study = space == NULL ? NULL : tamis_study_open(space, &options, &error);
  if (study != NULL) search(study, strtoull(arguments[2], NULL, 10), &error);
  if (error != NULL) fprintf(stderr, "transpose: %s\n", tamis_error_message(error));
  const int status = error == NULL ? 0 : 1;
  tamis_study_free(study);
  tamis_space_free(space);
  tamis_error_free(error);
  return status;
}
